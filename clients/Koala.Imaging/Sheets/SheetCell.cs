namespace Koala.Imaging.Sheets;

/// <summary>One picture of a contact sheet.</summary>
/// <param name="Label">What is written above it.</param>
/// <param name="Picture">A whole file of any format that libvips reads.</param>
public sealed record SheetCell(string Label, byte[] Picture);
