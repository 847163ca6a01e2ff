namespace Koala.Client.CommandLine.Stdio;

/// <summary>
/// Rows from standard input; behind the last one nothing comes but the end, which means that nobody waits for the result any more.
/// </summary>
internal sealed class StdioRows(Stream input, CancellationTokenSource gone)
{
    private readonly byte[] _beyond = new byte[1];

    /// <summary>Fills the rows.</summary>
    /// <exception cref="OperationCanceledException">Standard input has ended.</exception>
    public async ValueTask ReadAsync(Memory<byte> rows, bool last, CancellationToken cancellationToken)
    {
        if (await input.ReadAtLeastAsync(rows, rows.Length, throwOnEndOfStream: false, cancellationToken) < rows.Length)
        {
            await gone.CancelAsync();
            gone.Token.ThrowIfCancellationRequested();
        }

        if (last)
            _ = WatchAsync();
    }

    private async Task WatchAsync()
    {
        try
        {
            // A plug-in that is killed closes its end of the pipe, and no signal tells us.
            await input.ReadAtLeastAsync(_beyond, 1, throwOnEndOfStream: false);
        }
        catch (IOException)
        {
            // The same.
        }

        await gone.CancelAsync();
    }
}
