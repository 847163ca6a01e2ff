using System.Numerics;
using System.Runtime.InteropServices;

namespace Koala.Client;

/// <summary>
/// Puts enlarged tiles, added in any order, together into rows of the layout's region, enlarged, taken from top to bottom. Pixels
/// keep their format; outside of overlaps they are copied, inside they are summed with linear weights and rounded once.
/// A row of tiles is let go as soon as its last row is taken. Not safe for use by several threads at once.
/// </summary>
public sealed class TileBlender
{
    private const int Channels = 3;

    private readonly TileLayout _layout;
    private readonly int _scale;
    private readonly PixelFormat _format;
    private readonly int _pixelBytes;
    private readonly int _overlapHr;
    private readonly BlendWeights _weights;
    private readonly double[][] _columnWeights;
    private readonly double[] _sums;

    // By row of tiles, then by column; a row is absent before its first tile is added and after its last row is taken.
    private readonly Dictionary<int, ReadOnlyMemory<byte>?[]> _tiles = [];
    // The last rows of the row of tiles above, for the overlap with the current one.
    private ReadOnlyMemory<byte>[]? _above;
    private int _nextRow;

    /// <summary>Prepares for the tiles of one image.</summary>
    /// <param name="layout">How the image is cut.</param>
    /// <param name="scale">HR pixels per LR pixel and direction, 1 to 16.</param>
    /// <param name="format">Format of the tiles and of the rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The scale or the format is out of range, or a row of the result is longer than 2 GiB.
    /// </exception>
    public TileBlender(TileLayout layout, int scale, PixelFormat format)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(scale, 16);
        _layout = layout;
        _scale = scale;
        _format = format;
        _pixelBytes = format.BytesPerPixel();
        var rowBytes = (long)layout.Region.Width * scale * _pixelBytes;
        if (rowBytes > Array.MaxLength)
            throw new ArgumentOutOfRangeException(
                nameof(layout), layout.Region.Width, $"Expected rows of at most {Array.MaxLength} bytes but got {rowBytes}.");
        RowBytes = (int)rowBytes;
        _overlapHr = layout.Overlap * scale;
        _weights = new BlendWeights(_overlapHr);
        _columnWeights = new double[layout.Columns][];
        for (var i = 0; i < layout.Columns; i++)
            _columnWeights[i] = _weights.Along(
                layout.ColumnSpans[i].Length * scale, first: i == 0, last: i == layout.Columns - 1);
        _sums = new double[layout.Overlap == 0 ? 0 : layout.Region.Width * scale * Channels];
    }

    /// <summary>Bytes of one row of the enlarged image.</summary>
    public int RowBytes { get; }

    /// <summary>Rows of tiles whose rows are all taken, but for those shared with the next.</summary>
    public int FinishedTileRows { get; private set; }

    /// <summary>Bytes of tiles that are held.</summary>
    internal long HeldBytes =>
        _tiles.Values.Sum(row => row.Sum(tile => (long)(tile?.Length ?? 0))) + (_above?.Sum(tile => (long)tile.Length) ?? 0);

    /// <summary>Adds one enlarged tile. The memory must stay as it is until its rows are taken.</summary>
    /// <param name="index">Number of the tile in the layout.</param>
    /// <param name="pixels">The enlargement of the tile's wanted region.</param>
    /// <exception cref="ArgumentException">
    /// There is no such tile, it was added before, or the pixels' length does not fit.
    /// </exception>
    public void Add(int index, ReadOnlyMemory<byte> pixels)
    {
        var expected = TileBytes(index);
        if (pixels.Length != expected)
            throw new ArgumentException($"Expected {expected} bytes for tile {index} but got {pixels.Length}.", nameof(pixels));
        var (row, column) = Math.DivRem(index, _layout.Columns);
        if (!_tiles.TryGetValue(row, out var tiles))
            _tiles[row] = tiles = new ReadOnlyMemory<byte>?[_layout.Columns];
        if (row < FinishedTileRows || tiles[column] is not null)
            throw new ArgumentException($"Tile {index} was added before.", nameof(index));
        tiles[column] = pixels;
    }

    /// <summary>Takes the next rows as far as they are complete.</summary>
    /// <param name="destination">Filled with rows without padding.</param>
    /// <returns>The number of rows, 0 if none is complete or the destination holds less than one.</returns>
    public int TakeRows(Span<byte> destination)
    {
        var count = 0;
        while (destination.Length >= RowBytes && FinishedTileRows < _layout.Rows
               && _tiles.TryGetValue(FinishedTileRows, out var tiles) && Array.TrueForAll(tiles, tile => tile is not null))
        {
            var (top, bottom) = (Top(FinishedTileRows), Top(FinishedTileRows + 1));
            while (_nextRow < bottom && destination.Length >= RowBytes)
            {
                ComposeRow(tiles, _nextRow - top, destination[..RowBytes]);
                destination = destination[RowBytes..];
                _nextRow++;
                count++;
            }
            if (_nextRow == bottom)
                Finish(tiles);
        }
        return count;
    }

    /// <summary>Bytes of the answer for a tile.</summary>
    internal long TileBytes(int index)
    {
        var wanted = _layout[index].Wanted.Scaled(_scale);
        return (long)wanted.Width * wanted.Height * _pixelBytes;
    }

    private void ComposeRow(ReadOnlyMemory<byte>?[] tiles, int row, Span<byte> destination)
    {
        if (row < _overlapHr && _above is not null)
            ComposeFromTwoRows(tiles, row, destination);
        else
            ComposeFromOneRow(tiles, row, destination);
    }

    private void ComposeFromOneRow(ReadOnlyMemory<byte>?[] tiles, int row, Span<byte> destination)
    {
        for (var i = 0; i < tiles.Length; i++)
        {
            var pixels = Row(tiles[i]!.Value, i, row);
            var start = Left(i);
            var shared = i == 0 ? 0 : _overlapHr;
            pixels[(shared * _pixelBytes)..].CopyTo(destination[((start + shared) * _pixelBytes)..]);
            if (shared == 0)
                continue;

            var sums = _sums.AsSpan(0, shared * Channels);
            sums.Clear();
            var before = Row(tiles[i - 1]!.Value, i - 1, row);
            Accumulate(before[^(shared * _pixelBytes)..], _columnWeights[i - 1].AsSpan()[^shared..], 1, sums);
            Accumulate(pixels[..(shared * _pixelBytes)], _columnWeights[i].AsSpan(0, shared), 1, sums);
            Store(sums, _weights.Sum, destination.Slice(start * _pixelBytes, shared * _pixelBytes));
        }
    }

    private void ComposeFromTwoRows(ReadOnlyMemory<byte>?[] tiles, int row, Span<byte> destination)
    {
        var weight = BlendWeights.Rising(row);
        Array.Clear(_sums);
        for (var i = 0; i < tiles.Length; i++)
        {
            var sums = _sums.AsSpan(Left(i) * Channels);
            Accumulate(Row(_above![i], i, row), _columnWeights[i], _weights.Sum - weight, sums);
            Accumulate(Row(tiles[i]!.Value, i, row), _columnWeights[i], weight, sums);
        }
        Store(_sums, (double)_weights.Sum * _weights.Sum, destination);
    }

    private int Left(int column) => (_layout.ColumnSpans[column].Start - _layout.Region.X) * _scale;

    // Of the row of tiles after the last one: where the region ends.
    private int Top(int row) => (row < _layout.Rows ? _layout.RowSpans[row].Start - _layout.Region.Y : _layout.Region.Height) * _scale;

    private ReadOnlySpan<byte> Row(ReadOnlyMemory<byte> tile, int column, int row)
    {
        var bytes = _layout.ColumnSpans[column].Length * _scale * _pixelBytes;
        return tile.Span.Slice(row * bytes, bytes);
    }

    private void Finish(ReadOnlyMemory<byte>?[] tiles)
    {
        _tiles.Remove(FinishedTileRows);
        FinishedTileRows++;
        _above = null;
        if (_overlapHr == 0 || FinishedTileRows == _layout.Rows)
            return;

        // Copies: a slice would keep the whole tile alive for a few of its rows.
        _above = new ReadOnlyMemory<byte>[tiles.Length];
        for (var i = 0; i < tiles.Length; i++)
        {
            var bytes = _overlapHr * _layout.ColumnSpans[i].Length * _scale * _pixelBytes;
            _above[i] = tiles[i]!.Value[^bytes..].ToArray();
        }
    }

    private void Accumulate(ReadOnlySpan<byte> pixels, ReadOnlySpan<double> weights, double factor, Span<double> sums)
    {
        switch (_format)
        {
            case PixelFormat.RgbU8:
                Accumulate<byte>(pixels, weights, factor, sums);
                break;
            case PixelFormat.RgbU16:
                Accumulate<ushort>(pixels, weights, factor, sums);
                break;
            default:
                Accumulate<float>(pixels, weights, factor, sums);
                break;
        }
    }

    // Weights are whole numbers and doubles hold the products exactly, so equal pixels sum up to their exact multiple.
    private static void Accumulate<T>(
        ReadOnlySpan<byte> pixels, ReadOnlySpan<double> weights, double factor, Span<double> sums)
        where T : unmanaged, INumber<T>
    {
        var values = MemoryMarshal.Cast<byte, T>(pixels);
        for (var x = 0; x < weights.Length; x++)
        {
            var weight = factor * weights[x];
            for (var i = x * Channels; i < (x + 1) * Channels; i++)
                sums[i] += weight * double.CreateTruncating(values[i]);
        }
    }

    private void Store(ReadOnlySpan<double> sums, double divisor, Span<byte> destination)
    {
        switch (_format)
        {
            case PixelFormat.RgbU8:
                for (var i = 0; i < sums.Length; i++)
                    destination[i] = (byte)(sums[i] / divisor + 0.5);
                break;
            case PixelFormat.RgbU16:
                var words = MemoryMarshal.Cast<byte, ushort>(destination);
                for (var i = 0; i < sums.Length; i++)
                    words[i] = (ushort)(sums[i] / divisor + 0.5);
                break;
            default:
                var floats = MemoryMarshal.Cast<byte, float>(destination);
                for (var i = 0; i < sums.Length; i++)
                    floats[i] = (float)(sums[i] / divisor);
                break;
        }
    }
}
