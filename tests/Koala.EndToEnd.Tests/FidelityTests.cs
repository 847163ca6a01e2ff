using Koala.TestFiles;
using NetVips;

namespace Koala.EndToEnd.Tests;

/// <summary>Colours, sizes and streams through a real worker with the released weights.</summary>
public sealed class FidelityTests(Desk desk) : IClassFixture<Desk>
{
    [Theory]
    [InlineData("untagged")]
    [InlineData("adobe")]
    [InlineData("p3")]
    [InlineData("prophoto")]
    [InlineData("prophoto-16")]
    public async Task Upscale_AnyColourSpace_KeepsTheMeanColour(string space)
    {
        var deep = space.EndsWith("16", StringComparison.Ordinal);
        using var photograph = Image.NewFromFile(Repository.Sample);
        // Saturated, so that the gamut is made use of.
        using var vivid = Saturated(photograph.Crop(60, 40, 128, 128), deep);
        var profile = space switch
        {
            "adobe" => IccProfiles.AdobeRgb,
            "p3" => IccProfiles.DisplayP3,
            "prophoto" or "prophoto-16" => IccProfiles.ProPhoto,
            _ => null,
        };
        using var tagged = profile is null ? vivid.Copy() : vivid.Mutate(image => image.Set(GValue.BlobType, "icc-profile-data", profile));
        var (input, output) = (desk.File($"{space}.png"), desk.File($"{space}-x4.png"));
        tagged.Pngsave(input, keep: Enums.ForeignKeep.Icc);

        var outcome = await desk.RunAsync("upscale", input, "-o", output, "--precision", "fp32", "--scale", "4");

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        using var before = Image.NewFromFile(input);
        using var after = Image.NewFromFile(output);
        Assert.Equal(before.Format, after.Format);
        using var reduced = after.Cast(Enums.BandFormat.Float).Shrink(4, 4);
        for (var channel = 0; channel < 3; channel++)
        {
            var difference = (reduced.ExtractBand(channel).Avg() - before.ExtractBand(channel).Avg()) / (deep ? 257 : 1);
            TestContext.Current.TestOutputHelper?.WriteLine($"{space}, channel {channel}: {difference:+0.000;-0.000} of 255");
            Assert.True(Math.Abs(difference) <= 0.5, $"channel {channel}: {difference:0.000} of 255");
        }
        Assert.Equal(profile, after.Contains("icc-profile-data") ? (byte[])after.Get("icc-profile-data") : null);
    }

    [Theory]
    [InlineData(90, 60, "--scale", "3")]
    [InlineData(100, 67, "--width", "100")]
    [InlineData(77, 51, "--longest", "77")]
    public async Task Upscale_AnyTarget_HasThatSize(int width, int height, params string[] target)
    {
        var path = desk.Picture("target.png", 30, 20);
        var output = desk.File($"target-{width}.png");
        var outcome = await desk.RunAsync(["upscale", path, "-o", output, .. target]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal((width, height, 3), Pixels.Size(output));
    }

    [Fact]
    public async Task Upscale_Repeated_SaysSoAndHasTheSize()
    {
        var output = desk.File("repeated.png");
        var outcome = await desk.RunAsync("upscale", desk.Picture("repeat.png", 20, 12), "-o", output, "--scale", "16", "--allow-repeat");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains("Note: The network runs twice", outcome.Output, StringComparison.Ordinal);
        Assert.Equal((320, 192, 3), Pixels.Size(output));
        using var before = Image.NewFromFile(desk.File("repeat.png"));
        using var after = Image.NewFromFile(output);
        Assert.InRange(after.Avg() - before.Avg(), -2, 2);
    }

    [Fact]
    public async Task Upscale_StandardStreams_CarryOnlyThePicture()
    {
        var photo = desk.Picture("stream.png", 24, 16);
        using var process = desk.StartProcess(Repository.ClientProgram, "upscale", "-", "-o", "-", "--format", "png", "--scale", "4");
        var error = process.StandardError.ReadToEndAsync();
        await using (var input = process.StandardInput.BaseStream)
            await input.WriteAsync(await File.ReadAllBytesAsync(photo));
        using var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output);
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
        Assert.Contains("100 %", await error, StringComparison.Ordinal);
        using var picture = Image.NewFromBuffer(output.ToArray());
        Assert.Equal((96, 64), (picture.Width, picture.Height));
    }

    private static Image Saturated(Image image, bool deep)
    {
        using var lab = image.Colourspace(Enums.Interpretation.Lch);
        using var more = lab * new[] { 1.0, 1.3, 1.0 };
        using var vivid = more.Colourspace(deep ? Enums.Interpretation.Rgb16 : Enums.Interpretation.Srgb);
        return vivid.CopyMemory();
    }
}
