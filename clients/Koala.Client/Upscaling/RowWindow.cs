namespace Koala.Client;

/// <summary>
/// The rows of an image that the tiles still to be cut need: a ring that moves down the image with the rows of tiles, so
/// that the whole image is never held.
/// </summary>
internal sealed class RowWindow
{
    private readonly TileLayout _layout;
    private readonly RowReader _read;
    private readonly int _pixelBytes;
    private readonly int _rowBytes;
    private readonly byte[] _ring;
    private int _nextRow;

    /// <summary>Makes room for the rows that one row of tiles needs.</summary>
    /// <exception cref="KoalaException">These rows take more than 2 GiB.</exception>
    public RowWindow(TileLayout layout, int pixelBytes, RowReader read)
    {
        _layout = layout;
        _read = read;
        _pixelBytes = pixelBytes;
        _rowBytes = checked(layout.Width * _pixelBytes);

        // At the lower border a reflected row may lie above the tile's own first row, so a row may be left behind only
        // when none of the rows of tiles below needs it.
        var oldest = layout.Height;
        for (var i = layout.Rows - 1; i >= 0; i--)
        {
            var (first, end) = Needed(i);
            oldest = Math.Min(oldest, first);
            Capacity = Math.Max(Capacity, end - oldest);
        }
        var bytes = (long)Capacity * _rowBytes;
        if (bytes > Array.MaxLength)
            throw new KoalaException(
                KoalaErrorKind.InvalidInput,
                $"A row of tiles needs {Capacity} rows of {_rowBytes} bytes, more than 2 GiB; choose a smaller tile side.");
        _ring = new byte[bytes];
    }

    /// <summary>Rows that are held at most.</summary>
    public int Capacity { get; }

    /// <summary>Reads on until every row that a row of tiles needs is held.</summary>
    public async ValueTask AdvanceAsync(int tileRow, CancellationToken cancellationToken)
    {
        var end = Needed(tileRow).End;
        while (_nextRow < end)
        {
            var slot = _nextRow % Capacity;
            var count = Math.Min(end - _nextRow, Capacity - slot);
            await _read(_nextRow, count, _ring.AsMemory(slot * _rowBytes, count * _rowBytes), cancellationToken);
            _nextRow += count;
        }
    }

    /// <summary>Copies the pixels of a tile, its reflected parts included.</summary>
    /// <param name="area">The tile, halo included.</param>
    /// <param name="pixels">Filled with its rows, without padding.</param>
    public void Cut(PixelRegion area, Span<byte> pixels)
    {
        var insideStart = Math.Clamp(0, area.X, area.Right);
        var insideEnd = Math.Clamp(_layout.Width, area.X, area.Right);
        for (var y = area.Y; y < area.Bottom; y++)
        {
            var slot = Reflection.Index(y, _layout.Height) % Capacity;
            var source = _ring.AsSpan(slot * _rowBytes, _rowBytes);
            for (var x = area.X; x < insideStart; x++)
                CopyPixel(source, x, pixels[((x - area.X) * _pixelBytes)..]);
            source[(insideStart * _pixelBytes)..(insideEnd * _pixelBytes)]
                .CopyTo(pixels[((insideStart - area.X) * _pixelBytes)..]);
            for (var x = insideEnd; x < area.Right; x++)
                CopyPixel(source, x, pixels[((x - area.X) * _pixelBytes)..]);
            pixels = pixels[(area.Width * _pixelBytes)..];
        }
    }

    private void CopyPixel(ReadOnlySpan<byte> source, int x, Span<byte> destination) =>
        source.Slice(Reflection.Index(x, _layout.Width) * _pixelBytes, _pixelBytes).CopyTo(destination);

    private (int First, int End) Needed(int tileRow)
    {
        var area = _layout[tileRow * _layout.Columns].Area;
        var (first, last) = (int.MaxValue, 0);
        for (var y = area.Y; y < area.Bottom; y++)
        {
            var row = Reflection.Index(y, _layout.Height);
            first = Math.Min(first, row);
            last = Math.Max(last, row);
        }
        return (first, last + 1);
    }
}
