using System.Collections.Concurrent;
using System.Drawing;
using Koala.Client.Layers;

namespace Koala.Imaging.Analysis;

/// <summary>
/// A picture of how far a photograph and what was rebuilt of it lie apart: from black, where they are equal, over blue, red and yellow to white,
/// where a channel differs by 32 levels of 255 or more.
/// </summary>
public sealed class DifferenceMap : IDisposable
{
    private const float MostLevels = 32;

    // Black, blue, red, yellow, white at even steps.
    private static readonly float[][] Colours = [[0, 0, 0], [40, 30, 160], [210, 40, 60], [250, 200, 40], [255, 255, 255]];

    private readonly int _width;
    private readonly int _sampleBytes;
    private readonly Rectangle _part;
    private readonly MadePicture _map;
    // Rows that are read and not rebuilt yet.
    private readonly ConcurrentQueue<float[]> _read = new();
    private int _nextRead;

    /// <summary>Prepares the map's file.</summary>
    /// <param name="path">The file to be.</param>
    /// <param name="photograph">Where the rows come from.</param>
    /// <param name="part">What of the photograph is compared.</param>
    /// <param name="overwrite">Whether a file of that name may be replaced.</param>
    /// <exception cref="ImageFileException">It cannot be written.</exception>
    public DifferenceMap(string path, ImageReader photograph, Rectangle part, bool overwrite)
    {
        ArgumentNullException.ThrowIfNull(photograph);
        (_width, _sampleBytes, _part) = (photograph.Width, photograph.RowFormat.Bytes(), part);
        _map = new MadePicture(path, photograph.Path, part.Width, part.Height, new ImageWriterOptions { Overwrite = overwrite });
    }

    /// <summary>Keeps the next rows of the photograph, from the first to the last of the part at least.</summary>
    /// <param name="rgbRows">Whole rows as <see cref="ImageReader.ReadRows"/> fills them.</param>
    public void AddRead(ReadOnlySpan<byte> rgbRows)
    {
        var rowBytes = 3 * _width * _sampleBytes;
        for (; rgbRows.Length >= rowBytes; rgbRows = rgbRows[rowBytes..], _nextRead++)
        {
            if (_nextRead < _part.Top || _nextRead >= _part.Bottom)
                continue;
            var row = new float[3 * _part.Width];
            Samples.Decode(_sampleBytes, rgbRows.Slice(3 * _part.X * _sampleBytes, 3 * _part.Width * _sampleBytes), row);
            _read.Enqueue(row);
        }
    }

    /// <summary>Adds a rebuilt row to the map; those outside of the part are passed over.</summary>
    /// <param name="y">Row of the photograph.</param>
    /// <param name="left">Column of the photograph that it begins at.</param>
    /// <param name="row">RGB, 0 to 1.</param>
    /// <exception cref="InvalidOperationException">The photograph's row was not read.</exception>
    public void AddRebuilt(int y, int left, ReadOnlySpan<float> row)
    {
        if (y < _part.Top || y >= _part.Bottom)
            return;
        if (!_read.TryDequeue(out var read))
            throw new InvalidOperationException($"Row {y} was rebuilt before it was read.");
        var rebuilt = row.Slice(3 * (_part.X - left), read.Length);
        var colours = new byte[read.Length];
        for (var i = 0; i < read.Length; i += 3)
        {
            var largest = 0f;
            for (var c = i; c < i + 3; c++)
                largest = Math.Max(largest, Math.Abs(read[c] - rebuilt[c]));
            Paint(255 * largest / MostLevels, colours.AsSpan(i, 3));
        }
        _map.Add(colours);
    }

    /// <inheritdoc cref="MadePicture.Commit"/>
    public void Commit(CancellationToken cancellationToken = default) => _map.Commit(cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _map.Dispose();

    private static void Paint(float share, Span<byte> rgb)
    {
        var place = Math.Clamp(share, 0, 1) * (Colours.Length - 1);
        var from = Math.Min((int)place, Colours.Length - 2);
        for (var c = 0; c < 3; c++)
            rgb[c] = (byte)MathF.Round(Colours[from][c] + (place - from) * (Colours[from + 1][c] - Colours[from][c]));
    }
}
