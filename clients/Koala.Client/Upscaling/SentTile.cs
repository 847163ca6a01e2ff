using Google.Protobuf;
using Wire = Koala.Protocol.V1;

namespace Koala.Client;

/// <summary>A tile's message and the buffer of its pixels, kept until the tile is answered, then used for another tile.</summary>
internal sealed class SentTile
{
    private readonly byte[] _pixels;

    public SentTile(TileLayout layout, PixelFormat format)
    {
        _pixels = new byte[layout.TileWidth * layout.TileHeight * format.BytesPerPixel()];
        Tile = new Wire.Tile
        {
            Width = (uint)layout.TileWidth,
            Height = (uint)layout.TileHeight,
            Pixels = UnsafeByteOperations.UnsafeWrap(_pixels),
        };
        Request = new Wire.UpscaleRequest { Tile = Tile };
    }

    public Wire.UpscaleRequest Request { get; }

    public Wire.Tile Tile { get; }

    /// <summary>The pixels that are sent; not to be written to between sending and answer.</summary>
    public Span<byte> Pixels => _pixels;
}
