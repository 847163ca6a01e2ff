using Koala.TestFiles;

namespace Koala.Imaging.Tests;

public sealed class ImageMutationTests : TestFolder
{
    private const int Inputs = 2_000;
    private const int MostRows = 64;

    [Theory(Timeout = 300_000)]
    [InlineData(".png")]
    [InlineData(".jpg")]
    [InlineData(".webp")]
    [InlineData(".tif")]
    [InlineData(".gif")]
    public async Task Open_DamagedFiles_AreReadOrRefused(string extension)
    {
        await Task.Yield();
        var path = PathOf("in" + extension);
        using (var picture = Pictures.Noise("rgb", 12, 9))
        {
            if (extension == ".gif")
                picture.Gifsave(path);
            else
                Pictures.Save(picture, path);
        }
        var whole = File.ReadAllBytes(path);
        var mutations = new Mutations(seed: 7);
        var (read, refused) = (0, 0);
        for (var i = 0; i < Inputs; i++)
        {
            File.WriteAllBytes(path, mutations.Of(whole));
            try
            {
                using var reader = ImageReader.Open(path);
                // Damage may make it as large as its format allows.
                var rows = new byte[reader.BytesPerRow];
                for (var y = 0; y < Math.Min(reader.Height, MostRows); y++)
                    reader.ReadRows(rows);
                read++;
            }
            catch (ImageFileException error)
            {
                Assert.DoesNotContain('\n', error.Message);
                refused++;
            }
        }
        Assert.True(read > 0 && refused > Inputs / 4, $"{read} read, {refused} refused: not damaged as meant");
    }
}
