using System.Globalization;

namespace Koala.Training.Degradation;

/// <summary>Kernels from a table: image, σ₁, σ₂, θ separated by tabs, with a line of headings.</summary>
public static class KernelTable
{
    /// <summary>Reads the kernels in the order of the table.</summary>
    /// <exception cref="InvalidDataException">A line is no such row.</exception>
    public static IReadOnlyList<DegradationKernel> Read(string path)
    {
        var lines = File.ReadAllLines(path);
        if (lines.Length > 0 && Parse(lines[0]) is not null)
            throw new InvalidDataException($"{path}, line 1: expected headings, not the first kernel");
        return [.. lines.Skip(1).Where(line => line.Length > 0).Select((line, i) => Parse(line)
            ?? throw new InvalidDataException($"{path}, line {i + 2}: expected image, sigma1, sigma2 (above 0) and theta separated by tabs, not '{line}'"))];
    }

    private static DegradationKernel? Parse(string line)
    {
        var cells = line.Split('\t');
        return cells.Length == 4 && Number(cells[1], out var sigma1) && sigma1 > 0 && Number(cells[2], out var sigma2) && sigma2 > 0 && Number(cells[3], out var theta)
            ? new DegradationKernel(sigma1, sigma2, theta) : null;

        static bool Number(string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }
}
