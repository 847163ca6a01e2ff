using Google.Protobuf;
using Wire = Koala.Protocol.V1;

namespace Koala.Client;

/// <summary>A tile's message and the buffers of its pixels, kept until the tile is answered, then used for another tile.</summary>
internal sealed class SentTile
{
    private readonly byte[] _pixels;
    private readonly byte[] _keepBlurMask;

    public SentTile(TileLayout layout, UpscaleJob job)
    {
        _pixels = new byte[layout.TileWidth * layout.TileHeight * job.PixelFormat.BytesPerPixel()];
        _keepBlurMask = new byte[job.ReadKeepBlurMask is null ? 0 : layout.TileWidth * layout.TileHeight];
        Tile = new Wire.Tile
        {
            Width = (uint)layout.TileWidth,
            Height = (uint)layout.TileHeight,
            Pixels = UnsafeByteOperations.UnsafeWrap(_pixels),
            KeepBlurMask = UnsafeByteOperations.UnsafeWrap(_keepBlurMask),
        };
        Request = new Wire.UpscaleRequest { Tile = Tile };
    }

    public Wire.UpscaleRequest Request { get; }

    public Wire.Tile Tile { get; }

    /// <summary>Whether a worker was given it.</summary>
    public bool IsDealt { get; set; }

    /// <summary>The pixels that are sent; not to be written to between sending and answer.</summary>
    public Span<byte> Pixels => _pixels;

    /// <summary>The mask that is sent; empty where the job has none.</summary>
    public Span<byte> KeepBlurMask => _keepBlurMask;
}
