namespace Koala.PaintDotNet.Upscaling;

/// <summary>Where an enlarged image goes. Disposed of before it is complete it leaves nothing.</summary>
internal interface IImageTarget : IDisposable
{
    /// <summary>Takes the next rows, from top to bottom.</summary>
    /// <param name="bgra">Whole rows: blue, green, red and straight alpha.</param>
    void WriteRows(ReadOnlySpan<byte> bgra);

    /// <summary>All rows are there. Called on the thread of the dialog.</summary>
    void Complete();
}
