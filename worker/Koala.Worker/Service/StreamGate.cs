using Grpc.Core;

namespace Koala.Worker.Service;

/// <summary>Counts the open streams of every client, and lets in no more than the limits.</summary>
internal sealed class StreamGate(ServiceLimits limits)
{
    private readonly Dictionary<string, int> _open = new(StringComparer.Ordinal);
    private int _all;

    /// <summary>Open streams of clients that have any.</summary>
    public int Clients
    {
        get
        {
            lock (_open)
                return _open.Count;
        }
    }

    /// <summary>Counts a stream until it is disposed.</summary>
    /// <param name="client">Whose it is.</param>
    /// <exception cref="LimitException">There are too many.</exception>
    public IDisposable Enter(string client)
    {
        lock (_open)
        {
            var own = _open.GetValueOrDefault(client);
            if (own >= limits.MaxStreamsPerClient)
                throw new LimitException(
                    StatusCode.ResourceExhausted, $"this client has {own} open streams, the worker's limit (--max-streams-per-client)");
            if (_all >= limits.MaxStreams)
                throw new LimitException(StatusCode.ResourceExhausted, $"{_all} streams are open, the worker's limit (--max-streams)");
            _all++;
            _open[client] = own + 1;
            return new Entered(this, client);
        }
    }

    private void Leave(string client)
    {
        lock (_open)
        {
            _all--;
            if (--_open[client] == 0)
                _open.Remove(client);
        }
    }

    private sealed class Entered(StreamGate gate, string client) : IDisposable
    {
        private bool _left;

        public void Dispose()
        {
            if (_left)
                return;
            _left = true;
            gate.Leave(client);
        }
    }
}
