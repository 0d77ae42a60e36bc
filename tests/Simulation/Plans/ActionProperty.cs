using System.Globalization;
using System.Reflection;

namespace Kestrel.Sctp.Simulation.Plans;

/// <summary>
/// The properties of planned actions by name, those of options and links in them too: for the text of a plan and for the
/// shrinker, which know no action by itself.
/// </summary>
internal sealed class ActionProperty
{
    private static readonly Dictionary<Type, ActionProperty[]> _known = [];
    private static readonly Dictionary<string, Type> _actions = typeof(PlannedAction).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(PlannedAction))).ToDictionary(type => NameOf(type), StringComparer.Ordinal);

    private readonly PropertyInfo? _outer;
    private readonly PropertyInfo _inner;

    private ActionProperty(PropertyInfo? outer, PropertyInfo inner, PlannedAction fresh)
    {
        _outer = outer;
        _inner = inner;
        Default = Get(fresh);
    }

    public string Name => char.ToLowerInvariant(_inner.Name[0]) + _inner.Name[1..];

    /// <summary>What it is when nothing is said.</summary>
    public object? Default { get; }

    public Type Type => Nullable.GetUnderlyingType(_inner.PropertyType) ?? _inner.PropertyType;

    /// <summary>All of a kind of action, but for its time.</summary>
    public static IReadOnlyList<ActionProperty> Of(Type action)
    {
        lock (_known)
        {
            return _known.TryGetValue(action, out var known) ? known : _known[action] = Find(action);
        }
    }

    public static string NameOf(Type action) => action.Name;

    /// <summary>A fresh action of this name, or null.</summary>
    public static PlannedAction? New(string name) => _actions.TryGetValue(name, out var type) ? (PlannedAction)Activator.CreateInstance(type)! : null;

    public object? Get(PlannedAction action) => _inner.GetValue(_outer is null ? action : _outer.GetValue(action));

    /// <summary>A copy of the action with another value.</summary>
    public PlannedAction With(PlannedAction action, object? value)
    {
        var copy = Clone(action);
        if (_outer is null)
        {
            _inner.SetValue(copy, value);
        }
        else
        {
            var part = Clone(_outer.GetValue(copy)!);
            _inner.SetValue(part, value);
            _outer.SetValue(copy, part);
        }

        return (PlannedAction)copy;
    }

    /// <summary>Throws <see cref="FormatException"/> for a text that is none of its values.</summary>
    public object Parse(string text)
    {
        try
        {
            return Type == typeof(Duration) ? Duration.Parse(text, CultureInfo.InvariantCulture) : Convert.ChangeType(text, Type, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is OverflowException or InvalidCastException or FormatException)
        {
            throw new FormatException($"{Name} can't be '{text}'", e);
        }
    }

    private static object Clone(object record) =>
        record.GetType().GetMethod("<Clone>$")!.Invoke(record, null)!;

    private static ActionProperty[] Find(Type action)
    {
        var fresh = (PlannedAction)Activator.CreateInstance(action)!;
        var found = new List<ActionProperty>();
        foreach (var property in action.GetProperties().Where(property => property.CanWrite && property.Name != nameof(PlannedAction.At)))
        {
            if (IsSimple(property.PropertyType))
            {
                found.Add(new ActionProperty(null, property, fresh));
            }
            else
            {
                var parts = property.PropertyType.GetProperties().Where(part => part.CanWrite && IsSimple(part.PropertyType));
                found.AddRange(parts.Select(part => new ActionProperty(property, part, fresh)));
            }
        }

        return [.. found];
    }

    private static bool IsSimple(Type type) => Nullable.GetUnderlyingType(type) is { } underlying ? IsSimple(underlying) : type.IsPrimitive || type.IsEnum || type == typeof(Duration);
}
