namespace Koala.Client;

/// <summary>A rectangle of whole pixels.</summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Upper edge.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
public readonly record struct PixelRegion(int X, int Y, int Width, int Height)
{
    /// <summary>The first column to the right of it.</summary>
    public int Right => X + Width;

    /// <summary>The first row below it.</summary>
    public int Bottom => Y + Height;

    /// <summary>The same region of an image that is <paramref name="factor"/> times larger.</summary>
    public PixelRegion Scaled(int factor) => new(X * factor, Y * factor, Width * factor, Height * factor);
}
