using Spectre.Console;
using Spectre.Console.Rendering;

namespace Koala.Client.CommandLine.Reports;

/// <summary>A line above bars that are drawn: it clears what it is written over, which a shorter line would leave standing.</summary>
internal sealed class LineAbove(string text, Style style) : Renderable
{
    // ECMA-48, "erase in page": from the cursor to the end of the screen.
    private const string EraseBelow = "\u001b[J";

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
        [Segment.Control(EraseBelow), .. ((IRenderable)new Text(text, style)).Render(options, maxWidth), Segment.LineBreak];
}
