using System.Buffers.Binary;
using System.Net;
using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.PacketScripts.Calls;

/// <summary>Numbers, structures and addresses out of a script's values, and the other way round.</summary>
internal static class Values
{
    public static readonly AnyValue Any = new();

    /// <summary>The number that a value stands for: of an integer, a name, names joined by "or", or a function of these.</summary>
    /// <exception cref="ScriptSkippedException">A name or function is not known.</exception>
    /// <exception cref="CallException">It is no number.</exception>
    public static long Number(ScriptValue value) => value switch
    {
        IntegerValue integer => integer.Value,
        SymbolValue symbol => Symbol(symbol.Name),
        CombinedValue combined => combined.Parts.Aggregate(0L, (sum, part) => sum | Number(part)),
        FunctionValue function => Function(function),
        _ => throw new CallException($"{value} is no number"),
    };

    /// <summary>The only item of <c>[1]</c>: what a pointer points to.</summary>
    public static long Pointed(ScriptValue value) =>
        value is ListValue { Items: [var item] } ? Number(item) : throw new CallException($"{value} is not one number in brackets");

    public static bool IsAny(ScriptValue? value) => value is null or AnyValue;

    /// <summary>A list of which nothing is said: <c>...</c> or <c>[...]</c>.</summary>
    public static bool IsAnyList(ScriptValue value) => value is AnyValue or ListValue { Items: [AnyValue] };

    public static ScriptValue Of(long value) => new IntegerValue(value);

    public static ScriptValue Name(string name) => new SymbolValue(name);

    /// <summary>In brackets, as what a pointer points to.</summary>
    public static ScriptValue InBrackets(long value) => new ListValue([Of(value)]);

    public static ScriptValue InBrackets(ScriptValue value) => new ListValue([value]);

    public static StructValue Struct(params (string Name, ScriptValue Value)[] members) =>
        new([.. members.Select(member => new StructMember(member.Name, null, member.Value))]);

    /// <summary>Names of the flags set, or 0.</summary>
    public static ScriptValue Flags(long value, params string[] names)
    {
        var set = names.Where(name => (value & Symbol(name)) != 0).Select(Name).ToArray();
        return set.Length switch
        {
            0 => Of(0),
            1 => set[0],
            _ => new CombinedValue(set),
        };
    }

    public static ScriptValue Bytes(ReadOnlySpan<byte> bytes)
    {
        var items = new List<ScriptValue>(bytes.Length);
        foreach (var value in bytes)
        {
            items.Add(new IntegerValue(value, IsHex: true));
        }

        return new ListValue(items);
    }

    /// <summary>A number in the network's byte order, as the application sees it in memory.</summary>
    public static ScriptValue NetworkOrder(uint value) => new FunctionValue("htonl", [Of(value)]);

    public static ScriptValue Address(IPAddressValue address, ushort port) => Struct(
        ("sa_family", Name("AF_INET")),
        ("sin_port", new FunctionValue("htons", [Of(port)])),
        ("sin_addr", new FunctionValue("inet_addr", [new TextValue(address.ToString())])));

    /// <summary>An address written out in the script.</summary>
    public static SocketAddress Address(ScriptValue value)
    {
        if (value is not StructValue address)
        {
            throw new CallException($"{value} is no address");
        }

        if (address["sa_family"] is { } family && !IsAny(family) && Number(family) != Number(Name("AF_INET")))
        {
            throw new ScriptSkippedException("only IPv4 is run");
        }

        var port = address["sin_port"] is { } sinPort && !IsAny(sinPort) ? BinaryPrimitives.ReverseEndianness((ushort)Number(sinPort)) : (ushort)0;
        if (IsAny(address["sin_addr"]))
        {
            throw new CallException($"{value} has no sin_addr");
        }

        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)Number(address["sin_addr"]!));
        return new SocketAddress(IPAddressValue.FromIPv4(bytes), port);
    }

    private static long Symbol(string name) =>
        Constants.TryGet(name, out var value) ? value : throw new ScriptSkippedException($"the name {name} is not known");

    // As on a little-endian machine: there a number without htonl is another one on the wire, and scripts are right to show it.
    private static long Function(FunctionValue function) => function switch
    {
        { Name: "htons" or "ntohs", Arguments: [var argument] } => BinaryPrimitives.ReverseEndianness((ushort)Number(argument)),
        { Name: "htonl" or "ntohl", Arguments: [var argument] } => BinaryPrimitives.ReverseEndianness((uint)Number(argument)),
        { Name: "inet_addr", Arguments: [TextValue text] } => InetAddr(text.Text),
        _ => throw new ScriptSkippedException($"{function} is not known"),
    };

    private static long InetAddr(string text) =>
        IPAddress.TryParse(text, out var address) && address.TryWriteBytes(stackalloc byte[4], out _)
            ? BinaryPrimitives.ReadUInt32LittleEndian(address.GetAddressBytes())
            : throw new CallException($"\"{text}\" is no IPv4 address");
}

internal readonly record struct SocketAddress(IPAddressValue Address, ushort Port);

/// <summary>The script's line can't be made a call of: what is wrong with it.</summary>
internal sealed class CallException(string message) : Exception(message);
