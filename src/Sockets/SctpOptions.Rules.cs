using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Kestrel.Sctp;

public sealed partial class SctpOptions : IValidatableObject
{
    // The rules that take more than one member; those of a single one are its attributes.
    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext)
    {
        if (RtoMin > RtoMax)
        {
            yield return Broken($"RtoMin ({RtoMin}) must not exceed RtoMax ({RtoMax}).", nameof(RtoMin), nameof(RtoMax));
        }

        if (RtoInitial < RtoMin || RtoInitial > RtoMax)
        {
            yield return Broken(
                $"RtoInitial ({RtoInitial}) must lie between RtoMin ({RtoMin}) and RtoMax ({RtoMax}).",
                nameof(RtoInitial), nameof(RtoMin), nameof(RtoMax));
        }

        if (PrimarySwitchoverMaxRetransmits < PotentiallyFailedMaxRetransmits)
        {
            // RFC 7829, 5, rule 1
            yield return Broken(
                $"PrimarySwitchoverMaxRetransmits ({PrimarySwitchoverMaxRetransmits}) must not be below PotentiallyFailedMaxRetransmits "
                + $"({PotentiallyFailedMaxRetransmits}).",
                nameof(PrimarySwitchoverMaxRetransmits), nameof(PotentiallyFailedMaxRetransmits));
        }

        if (MaxMessageSize > SendBufferSize)
        {
            yield return Broken(
                $"MaxMessageSize ({MaxMessageSize}) must not exceed SendBufferSize ({SendBufferSize}): a message is queued whole.",
                nameof(MaxMessageSize), nameof(SendBufferSize));
        }

        if (PipeMessageSize > MaxMessageSize)
        {
            yield return Broken(
                $"PipeMessageSize ({PipeMessageSize}) must not exceed MaxMessageSize ({MaxMessageSize}).",
                nameof(PipeMessageSize), nameof(MaxMessageSize));
        }

        foreach (var address in AdvertisedAddresses ?? [])
        {
            if (!IsUnicast(address))
            {
                yield return Broken(
                    $"AdvertisedAddresses must hold unicast addresses, which {address?.ToString() ?? "null"} is not.", nameof(AdvertisedAddresses));
            }
        }
    }

    private static bool IsUnicast(IPAddress? address) => address?.AddressFamily switch
    {
        AddressFamily.InterNetwork => !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.Broadcast) && address.GetAddressBytes()[0] is < 224 or > 239,
        AddressFamily.InterNetworkV6 => !address.Equals(IPAddress.IPv6Any) && !address.IsIPv6Multicast,
        _ => false,
    };

    private static ValidationResult Broken(string message, params string[] members) => new(message, members);
}

[OptionsValidator]
internal sealed partial class SctpOptionsValidator : IValidateOptions<SctpOptions>;
