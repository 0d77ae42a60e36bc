namespace Kestrel.Sctp.Protocol.Congestion;

/// <summary>Slow start and congestion avoidance as RFC 9260 writes them (7.2.1 to 7.2.3).</summary>
internal sealed class NewReno : ICongestionControl
{
    private const int MaxWindow = 1 << 30;

    private readonly bool _isIPv6;
    private int _maxChunkSize;
    private int _partialBytesAcked;
    private bool _decayed;

    public NewReno(int maxChunkSize, bool isIPv6)
    {
        _maxChunkSize = maxChunkSize;
        _isIPv6 = isIPv6;
        Reset();
    }

    public int Window { get; private set; }

    public int SlowStartThreshold { get; private set; }

    public void Reset()
    {
        // RFC 9260, 7.2.1
        Window = Math.Min(4 * _maxChunkSize, Math.Max(2 * _maxChunkSize, _isIPv6 ? 4_344 : 4_404));
        SlowStartThreshold = MaxWindow;
        _partialBytesAcked = 0;
        _decayed = false;
    }

    public void OnMaxChunkSizeChanged(int maxChunkSize) => _maxChunkSize = maxChunkSize;

    public void OnAcknowledged(int bytes, bool windowWasFull, bool inFastRecovery, bool allAcknowledged)
    {
        _decayed = false;
        if (Window <= SlowStartThreshold)
        {
            // 7.2.1: at most one chunk size per SACK (L = 1) protects against split acknowledgements.
            if (windowWasFull && !inFastRecovery)
            {
                Grow(Math.Min(bytes, _maxChunkSize));
            }
        }
        else if (!inFastRecovery)
        {
            AvoidCongestion(bytes, windowWasFull);
        }

        if (allAcknowledged)
        {
            _partialBytesAcked = 0;
        }
    }

    public void OnLoss()
    {
        // 7.2.3
        SlowStartThreshold = Math.Max(Window / 2, 4 * _maxChunkSize);
        Window = SlowStartThreshold;
        _partialBytesAcked = 0;
    }

    public void OnTimeout()
    {
        // 7.2.3
        SlowStartThreshold = Math.Max(Window / 2, 4 * _maxChunkSize);
        Window = _maxChunkSize;
        _partialBytesAcked = 0;
    }

    public void OnIdle(long periods)
    {
        // 7.2.1, last rule. A window already at or below the floor stays as it is, and so does ssthresh: idling must neither
        // raise the one nor end the slow start of an association that has hardly sent.
        var floor = 4 * _maxChunkSize;
        if (Window <= floor)
        {
            return;
        }

        if (!_decayed)
        {
            SlowStartThreshold = Window;
            _decayed = true;
        }

        for (; periods > 0 && Window > floor; periods--)
        {
            Window = Math.Max(Window / 2, floor);
        }
    }

    private void AvoidCongestion(int bytes, bool windowWasFull)
    {
        // 7.2.2
        _partialBytesAcked = Math.Min(_partialBytesAcked + bytes, MaxWindow);
        if (_partialBytesAcked < Window)
        {
            return;
        }

        if (!windowWasFull)
        {
            _partialBytesAcked = Window;
            return;
        }

        _partialBytesAcked -= Window;
        Grow(_maxChunkSize);
    }

    private void Grow(int bytes) => Window = Math.Min(Window + bytes, MaxWindow);
}
