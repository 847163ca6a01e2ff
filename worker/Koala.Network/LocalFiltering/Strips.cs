using TorchSharp;

namespace Koala.Network.LocalFiltering;

/// <summary>Divides the rows of a batch among the threads that libtorch may use.</summary>
internal static class Strips
{
    /// <summary>Work on the rows <c>first</c> to <c>end</c> (excluded) of image <c>image</c>.</summary>
    public delegate void Body(int image, int first, int end);

    /// <summary>Calls <paramref name="body"/> for strips that cover every row of every image once, in parallel.</summary>
    public static void ForEach(int images, int rows, Body body)
    {
        var threads = torch.get_num_threads();
        // A few strips a thread even out other programs' load; at least 8 rows, as each strip reads the rows around it.
        var perImage = Math.Clamp((4 * threads + images - 1) / images, 1, Math.Max(1, rows / 8));
        if (threads == 1 || images * perImage == 1)
        {
            for (var image = 0; image < images; image++)
                body(image, 0, rows);
            return;
        }

        Parallel.For(0, images * perImage, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
        {
            var (image, strip) = (i / perImage, i % perImage);
            body(image, rows * strip / perImage, rows * (strip + 1) / perImage);
        });
    }
}
