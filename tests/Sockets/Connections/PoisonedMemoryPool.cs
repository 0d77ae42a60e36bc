using System.Buffers;
using System.Collections.Concurrent;

namespace Kestrel.Sctp.Sockets.Tests.Connections;

/// <summary>Overwrites what is given back to it: who still refers to a returned block reads and sends nonsense.</summary>
internal sealed class PoisonedMemoryPool : MemoryPool<byte>
{
    private readonly ConcurrentQueue<byte[]> _free = new();
    private int _rented;

    public int Rented => Volatile.Read(ref _rented);

    public override int MaxBufferSize => 4096;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        Interlocked.Increment(ref _rented);
        return new Block(this, _free.TryDequeue(out var block) ? block : new byte[4096]);
    }

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Block(PoisonedMemoryPool pool, byte[] block) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = block;

        public void Dispose()
        {
            block.AsSpan().Fill(0xEE);
            Interlocked.Decrement(ref pool._rented);
            pool._free.Enqueue(block);
        }
    }
}
