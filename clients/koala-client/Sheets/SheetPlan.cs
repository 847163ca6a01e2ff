using System.CommandLine;
using Koala.Client.CommandLine.Upscaling;

namespace Koala.Client.CommandLine.Sheets;

/// <summary>What a contact sheet shows: every value of one setting in a row, or of two in rows and columns.</summary>
/// <param name="Cells">Label and settings of each cell, row by row.</param>
/// <param name="Columns">Cells in a row.</param>
internal sealed record SheetPlan(IReadOnlyList<(string Label, UpscaleSettings Settings)> Cells, int Columns)
{
    /// <summary>More would be a wall of stamps.</summary>
    public const int MostCells = 36;

    /// <summary>Works out the cells.</summary>
    /// <param name="axes">One or two settings: columns, and rows.</param>
    /// <param name="call">The options of the call.</param>
    /// <param name="settings">Settings that options mean.</param>
    /// <exception cref="CommandFailure">A value is not one of its option.</exception>
    public static SheetPlan Of(IReadOnlyList<SheetAxis> axes, ParseResult call, Func<ParseResult, UpscaleSettings> settings)
    {
        var (columns, rows) = (axes[0], axes.Count > 1 ? axes[1] : null);
        if (columns.Values.Count * (rows?.Values.Count ?? 1) > MostCells)
            throw new CommandFailure(ExitCode.Usage, $"a sheet has {MostCells} cells at most; give fewer values to --sheet; see koala-client upscale --help.");
        var cells = new List<(string, UpscaleSettings)>();
        foreach (var row in rows?.Values ?? [""])
        {
            foreach (var column in columns.Values)
            {
                var cell = columns.With(call, column);
                cell = rows is null ? cell : rows.With(cell, row);
                if (cell.Errors.Count > 0)
                    throw new CommandFailure(ExitCode.Usage, $"--sheet: {cell.Errors[0].Message.TrimEnd('.')}; see koala-client upscale --help.");
                cells.Add((rows is null ? $"{columns.Option} {column}" : $"{columns.Option} {column}, {rows.Option} {row}", settings(cell)));
            }
        }
        return new SheetPlan(cells, columns.Values.Count);
    }
}
