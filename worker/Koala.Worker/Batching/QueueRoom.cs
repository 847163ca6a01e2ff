namespace Koala.Worker.Batching;

/// <summary>Room for so many LR pixels; who finds too little waits, first come first served.</summary>
/// <param name="pixels">LR pixels; a tile of more than that is let in alone.</param>
internal sealed class QueueRoom(long pixels)
{
    private readonly LinkedList<(long Pixels, TaskCompletionSource Entered)> _waiting = new();
    private long _taken;

    /// <summary>Returns once the pixels are let in.</summary>
    public async Task EnterAsync(long wanted, CancellationToken cancellationToken)
    {
        LinkedListNode<(long Pixels, TaskCompletionSource Entered)> node;
        lock (_waiting)
        {
            if (_waiting.Count == 0 && Fits(wanted))
            {
                _taken += wanted;
                return;
            }
            node = _waiting.AddLast((wanted, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
        }
        await using var registration = cancellationToken.Register(() => GiveUp(node, cancellationToken));
        await node.Value.Entered.Task;
    }

    /// <summary>Pixels have left.</summary>
    public void Leave(long left)
    {
        lock (_waiting)
        {
            _taken -= left;
            LetIn();
        }
    }

    private bool Fits(long wanted) => _taken == 0 || _taken + wanted <= pixels;

    private void LetIn()
    {
        while (_waiting.First is { } first && Fits(first.Value.Pixels))
        {
            _waiting.RemoveFirst();
            _taken += first.Value.Pixels;
            first.Value.Entered.SetResult();
        }
    }

    private void GiveUp(LinkedListNode<(long, TaskCompletionSource Entered)> node, CancellationToken cancellationToken)
    {
        lock (_waiting)
        {
            if (node.List is null)
                return;
            _waiting.Remove(node);
            node.Value.Entered.SetCanceled(cancellationToken);
            // A smaller one behind it may fit.
            LetIn();
        }
    }
}
