namespace Koala.Client;

/// <summary>Where one tile lies in the image. All in LR pixels.</summary>
/// <param name="Index">Number of the tile, counted along rows of tiles from the upper left.</param>
/// <param name="Area">
/// The pixels that are sent, halo included. Reaches beyond the image's borders, where it is continued by reflection.
/// </param>
/// <param name="Wanted">The pixels whose enlargement is used, in the image's coordinates and always inside it.</param>
public readonly record struct TilePlacement(int Index, PixelRegion Area, PixelRegion Wanted);
