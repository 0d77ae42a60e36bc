using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Kestrel.Sctp.Protocol.Associations;

namespace Kestrel.Sctp.Simulation.Runs;

/// <summary>Of all that happened in a run: every datagram, when it left and what became of it, and what the applications saw.</summary>
internal sealed class RunDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Add(Datagram datagram, Fate fate)
    {
        Span<byte> head = stackalloc byte[24];
        BinaryPrimitives.WriteInt64LittleEndian(head, datagram.SentAt);
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], ((int)fate << 16) | datagram.DestinationUdpPort);
        BinaryPrimitives.WriteInt32LittleEndian(head[12..], datagram.Packet.Length);
        Span<byte> address = stackalloc byte[16];
        datagram.Source.WriteBytes(address);
        address[..4].CopyTo(head[16..]);
        datagram.Destination.WriteBytes(address);
        address[..4].CopyTo(head[20..]);
        _hash.AppendData(head);
        _hash.AppendData(datagram.Packet);
    }

    public void Add(long now, Life life, in AssociationEvent associationEvent)
    {
        Add(now, life.LocalTag, (int)associationEvent.Kind, (int)associationEvent.End);
        _hash.AppendData(Encoding.UTF8.GetBytes(associationEvent.Detail ?? ""));
    }

    public void Add(long now, uint tag, int number, int value)
    {
        Span<byte> item = stackalloc byte[20];
        BinaryPrimitives.WriteInt64LittleEndian(item, now);
        BinaryPrimitives.WriteUInt32LittleEndian(item[8..], tag);
        BinaryPrimitives.WriteInt32LittleEndian(item[12..], number);
        BinaryPrimitives.WriteInt32LittleEndian(item[16..], value);
        _hash.AppendData(item);
    }

    public byte[] Finish() => _hash.GetHashAndReset();

    public void Dispose() => _hash.Dispose();
}
