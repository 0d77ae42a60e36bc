using System.Globalization;
using System.Text;

namespace Kestrel.Sctp.Simulation.Plans;

/// <summary>
/// All that is done in a run, drawn before it begins. Its text is a line for each action: the time, the name, and what is
/// not as it always is.
/// </summary>
internal sealed record Plan
{
    /// <summary>Of the links' chances.</summary>
    public int Seed { get; init; }

    /// <summary>In the order of their times; those of one time, in this order.</summary>
    public required IReadOnlyList<PlannedAction> Actions { get; init; }

    /// <summary>Reads what <see cref="ToString"/> gives; lines that begin with # are for people.</summary>
    public static Plan Parse(string text)
    {
        var seed = 0;
        var actions = new List<PlannedAction>();
        var number = 0;
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            number++;
            try
            {
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (words is ["seed", var value])
                {
                    seed = int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture);
                }
                else if (words.Length > 0 && words[0][0] != '#')
                {
                    actions.Add(ParseAction(words));
                }
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                throw new FormatException($"line {number}: {e.Message}", e);
            }
        }

        return new Plan { Seed = seed, Actions = [.. actions.OrderBy(action => action.At.Microseconds)] };
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"seed {Seed}\n");
        foreach (var action in Actions)
        {
            text.Append(Describe(action)).Append('\n');
        }

        return text.ToString();
    }

    public static string Describe(PlannedAction action)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{action.At} {ActionProperty.NameOf(action.GetType())}");
        foreach (var property in ActionProperty.Of(action.GetType()))
        {
            var value = property.Get(action);
            if (!Equals(value, property.Default))
            {
                text.Append(CultureInfo.InvariantCulture, $" {property.Name}={value}");
            }
        }

        return text.ToString();
    }

    private static PlannedAction ParseAction(string[] words)
    {
        if (words.Length < 2)
        {
            throw new FormatException($"'{words[0]}' is no action: a time, a name, then name=value");
        }

        var action = ActionProperty.New(words[1]) ?? throw new FormatException($"'{words[1]}' is no action");
        action = action with { At = Duration.Parse(words[0], CultureInfo.InvariantCulture) };
        foreach (var word in words[2..])
        {
            var at = word.IndexOf('=', StringComparison.Ordinal);
            var property = at < 0 ? null : ActionProperty.Of(action.GetType()).FirstOrDefault(p => p.Name == word[..at]);
            action = property is null
                ? throw new FormatException($"{words[1]} has no '{word}'")
                : property.With(action, property.Parse(word[(at + 1)..]));
        }

        return action;
    }
}
