using Google.Protobuf;
using Wire = Koala.Protocol.V1;

namespace Koala.Client;

/// <summary>One of the pictures that a job's answers add up to: blends its tiles and writes its rows.</summary>
/// <param name="layout">How the image is cut.</param>
/// <param name="scale">Pixels of this picture per LR pixel and direction.</param>
/// <param name="format">Of its tiles and rows.</param>
/// <param name="part">What of an answer it is made of.</param>
/// <param name="write">Receives its rows.</param>
internal sealed class TilePlane(
    TileLayout layout, int scale, PixelFormat format, Func<Wire.TileResult, ByteString?> part, RowWriter write)
{
    private const int WriteBytes = 4 << 20;

    private readonly TileBlender _blender = new(layout, scale, format);
    private byte[] _rows = [];
    private int _nextRow;

    /// <inheritdoc cref="TileBlender.FinishedTileRows"/>
    public int FinishedTileRows => _blender.FinishedTileRows;

    /// <summary>Bytes of a tile of this picture.</summary>
    public long TileBytes(int index) => _blender.TileBytes(index);

    /// <summary>This picture's part of an answer.</summary>
    public ReadOnlyMemory<byte> PartOf(Wire.TileResult answer) => part(answer)?.Memory ?? default;

    /// <summary>Adds a tile.</summary>
    public void Add(int index, ReadOnlyMemory<byte> pixels) => _blender.Add(index, pixels);

    /// <summary>Writes the rows that are complete.</summary>
    /// <param name="written">Told after every few rows.</param>
    /// <param name="stop">Ends it.</param>
    public async ValueTask WriteAsync(Action written, CancellationToken stop)
    {
        if (_rows.Length == 0)
            _rows = new byte[(int)Math.Clamp(WriteBytes / _blender.RowBytes, 1, layout.Region.Height * scale) * _blender.RowBytes];
        while (_blender.TakeRows(_rows) is var count && count > 0)
        {
            await write(_nextRow, count, _rows.AsMemory(0, count * _blender.RowBytes), stop);
            _nextRow += count;
            written();
        }
    }
}
