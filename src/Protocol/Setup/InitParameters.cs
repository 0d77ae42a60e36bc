using Kestrel.Sctp.Protocol.Paths;

namespace Kestrel.Sctp.Protocol.Setup;

/// <summary>
/// The parameters of one INIT or INIT ACK, as far as they are used (RFC 9260, 3.3.2, 3.3.3). Reused for each INIT by who
/// reads many: an INIT must leave no state behind.
/// </summary>
internal sealed class InitParameters
{
    /// <summary>A Host Name Address with the longest name of the DNS and its terminator (RFC 1035, 2.3.4).</summary>
    public const int MaxHostNameSize = Tlv.HeaderSize + 256;

    private readonly List<IPAddressValue> _addresses = [];
    private bool _hasSource;

    /// <summary>Acceptable address parameters, in order, without duplicates.</summary>
    public List<IPAddressValue> Addresses => _addresses;

    /// <summary>A Host Name Address: the sender must be aborted (RFC 9260, 5.1.2 B).</summary>
    public bool HasHostName { get; private set; }

    /// <summary>A parameter's length is a lie; those before it count.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Cookie Preservative: the increment asked for, in milliseconds.</summary>
    public uint CookiePreservative { get; private set; }

    /// <summary>There is a State Cookie, though it may be empty: what is in it is its sender's affair (RFC 9260, 5.1.3).</summary>
    public bool HasStateCookie { get; private set; }

    /// <summary>Parameters of unknown types are to be reported (RFC 9260, 3.2.1).</summary>
    public bool HasReportable { get; private set; }

    /// <summary>Reads them; returns the State Cookie's bytes, empty if there is none.</summary>
    public ReadOnlySpan<byte> Read(in InitChunk init, IPAddressValue source, int maxAddresses)
    {
        _addresses.Clear();
        _hasSource = false;
        HasHostName = false;
        HasStateCookie = false;
        CookiePreservative = 0;
        HasReportable = false;
        IsMalformed = false;
        ReadOnlySpan<byte> cookie = default;
        var reader = new ParameterReader(init.Parameters);
        while (reader.MoveNext())
        {
            var parameter = reader.Current;
            switch (parameter.Type)
            {
                case ParameterType.IPv4Address or ParameterType.IPv6Address:
                    AddAddress(parameter, source, maxAddresses);
                    break;
                case ParameterType.StateCookie:
                    cookie = parameter.Value;
                    HasStateCookie = true;
                    break;
                case ParameterType.CookiePreservative:
                    if (CookieParameters.TryReadPreservative(parameter, out var increment))
                    {
                        CookiePreservative = increment;
                    }

                    break;
                case ParameterType.HostNameAddress:
                    HasHostName = true;
                    break;
                case ParameterType.SupportedAddressTypes or ParameterType.UnrecognizedParameter:
                    break;
                default:
                    var action = parameter.Type.UnknownAction();
                    HasReportable |= action is UnknownAction.StopAndReport or UnknownAction.SkipAndReport;
                    if (action is UnknownAction.Stop or UnknownAction.StopAndReport)
                    {
                        return cookie;
                    }

                    break;
            }
        }

        IsMalformed = reader.Malformed;
        return cookie;
    }

    /// <summary>The Host Name Address among these parameters, whole, for the cause that names it (RFC 9260, 3.3.10.5); empty if it is too long for a name.</summary>
    public static ReadOnlySpan<byte> HostNameIn(ReadOnlySpan<byte> parameters)
    {
        var reader = new ParameterReader(parameters);
        while (reader.MoveNext())
        {
            if (reader.Current.Type == ParameterType.HostNameAddress)
            {
                return reader.Current.Length <= MaxHostNameSize ? reader.Current.Whole : default;
            }
        }

        return default;
    }

    /// <summary>
    /// Writes a report of each unknown parameter that asks for it, until the packet has the given length: the answer to an
    /// INIT must not grow with it (RFC 9260, 12.4).
    /// </summary>
    public static void WriteReports(ref PacketWriter writer, scoped ReadOnlySpan<byte> parameters, int maxLength, bool asErrorCauses)
    {
        const int header = 4;
        foreach (var parameter in new ParameterReader(parameters))
        {
            if (IsKnown(parameter.Type))
            {
                continue;
            }

            var action = parameter.Type.UnknownAction();
            var reports = action is UnknownAction.StopAndReport or UnknownAction.SkipAndReport;
            var size = header + Tlv.Pad(parameter.Length);
            if (reports && size <= writer.Remaining && writer.Length + size <= maxLength)
            {
                if (asErrorCauses)
                {
                    Causes.WriteUnrecognizedParameters(ref writer, parameter.Whole);
                }
                else
                {
                    CookieParameters.WriteUnrecognized(ref writer, parameter.Whole);
                }
            }

            if (action is UnknownAction.Stop or UnknownAction.StopAndReport)
            {
                return;
            }
        }
    }

    private static bool IsKnown(ParameterType type) => type
        is ParameterType.IPv4Address or ParameterType.IPv6Address or ParameterType.StateCookie or ParameterType.UnrecognizedParameter
        or ParameterType.CookiePreservative or ParameterType.HostNameAddress or ParameterType.SupportedAddressTypes;

    private void AddAddress(in Parameter parameter, IPAddressValue source, int maxAddresses)
    {
        // The source is one of them, listed or not: room is kept for it, so that the same list gives the same set when the peer
        // restarts. Asked first: an INIT of thousands of addresses must not be searched for each of them.
        if (AddressParameters.TryRead(parameter, out var address)
            && (_addresses.Count < (_hasSource ? maxAddresses : maxAddresses - 1) || (address == source && !_hasSource))
            && AddressScope.IsAcceptable(address, source)
            && !_addresses.Contains(address))
        {
            _addresses.Add(address);
            _hasSource |= address == source;
        }
    }
}
