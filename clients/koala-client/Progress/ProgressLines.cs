namespace Koala.Client.CommandLine.Progress;

/// <summary>Progress for logs and pipes: a line at the first tile, then for every tenth of the work or five seconds, and at
/// the last tile.</summary>
internal sealed class ProgressLines(TextWriter output) : ProgressDisplay
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private UpscaleProgress? _told;

    public override void Waiting(string line) => output.WriteLine(line);

    public override void Report(UpscaleProgress value)
    {
        if (_told is not null && value.TilesDone < value.TilesTotal
            && Tenths(value) == Tenths(_told) && value.Elapsed - _told.Elapsed < Pause)
            return;
        _told = value;
        output.WriteLine($"{(int)(value.Fraction * 100),3} %  {Describe(value)}");
    }

    private static int Tenths(UpscaleProgress progress) => 10 * progress.TilesDone / progress.TilesTotal;
}
