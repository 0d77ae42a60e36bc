using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.PacketScripts.Calls;

/// <summary>Whether a value is what the script expects: <c>...</c> and members not named may be anything.</summary>
internal static class Comparison
{
    /// <summary>What differs, or null.</summary>
    public static string? Difference(string what, ScriptValue expected, ScriptValue actual)
    {
        if (Values.IsAny(expected) || Values.IsAny(actual))
        {
            return null;
        }

        return (expected, actual) switch
        {
            (StructValue e, StructValue a) => Members(what, e, a),
            (ListValue e, ListValue a) => Values.IsAnyList(e) ? null : Items(what, e, a),
            (TextValue e, TextValue a) => e.Text == a.Text ? null : Differs(what, expected, actual),
            (StructValue or ListValue or TextValue, _) or (_, StructValue or ListValue or TextValue) => Differs(what, expected, actual),
            _ => Values.Number(expected) == Values.Number(actual) ? null : Differs(what, expected, actual),
        };
    }

    private static string? Members(string what, StructValue expected, StructValue actual)
    {
        for (var i = 0; i < expected.Members.Count; i++)
        {
            var member = expected.Members[i];
            var value = member.Name is null ? actual.Members.ElementAtOrDefault(i)?.Value : actual[member.Name];
            if (value is null)
            {
                return $"{what}: no {member.Name ?? $"member {i + 1}"} in {actual}";
            }

            if (Difference(member.Name is null ? what : $"{what}.{member.Name}", member.Value, value) is { } difference)
            {
                return difference;
            }
        }

        return null;
    }

    private static string? Items(string what, ListValue expected, ListValue actual)
    {
        if (expected.Items.Count != actual.Items.Count)
        {
            return Differs(what, expected, actual);
        }

        for (var i = 0; i < expected.Items.Count; i++)
        {
            if (Difference(expected.Items.Count == 1 ? what : $"{what}[{i}]", expected.Items[i], actual.Items[i]) is { } difference)
            {
                return difference;
            }
        }

        return null;
    }

    private static string Differs(string what, ScriptValue expected, ScriptValue actual) => $"{what}: expected {expected}, got {actual}";
}
