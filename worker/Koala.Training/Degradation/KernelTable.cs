using System.Globalization;

namespace Koala.Training.Degradation;

/// <summary>Kernels from a table: image, σ₁, σ₂, θ separated by tabs, with a line of headings.</summary>
public static class KernelTable
{
    /// <summary>Reads the kernels in the order of the table.</summary>
    /// <exception cref="InvalidDataException">A line is no such row.</exception>
    public static IReadOnlyList<DegradationKernel> Read(string path) =>
        [.. File.ReadLines(path).Skip(1).Where(line => line.Length > 0).Select((line, i) => Parse(path, line, i + 2))];

    private static DegradationKernel Parse(string path, string line, int number)
    {
        var cells = line.Split('\t');
        if (cells.Length == 4 && Number(cells[1], out var sigma1) && Number(cells[2], out var sigma2) && Number(cells[3], out var theta))
            return new DegradationKernel(sigma1, sigma2, theta);
        throw new InvalidDataException($"{path}, line {number}: expected image, sigma1, sigma2 and theta separated by tabs, not '{line}'");

        static bool Number(string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }
}
