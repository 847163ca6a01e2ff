using Koala.Client.CommandLine.Folders;

namespace Koala.Client.CommandLine.Tests.Folders;

public class OutputNameTests
{
    [Theory]
    [InlineData("{name}_x{scale}{ext}", null, "a/b.jpg", "a/b_x4.jpg")]
    [InlineData("{name}_x{scale}{ext}", null, "B.JPG", "B_x4.JPG")]
    [InlineData("{name}_x{scale}{ext}", null, "b.gif", "b_x4.png")]
    [InlineData("{name}_x{scale}{ext}", null, "noextension", "noextension_x4.png")]
    [InlineData("{name}_x{scale}{ext}", null, "v1.2.jpg", "v1.2_x4.jpg")]
    [InlineData("{name}_x{scale}{ext}", "tiff", "a/b.jpg", "a/b_x4.tif")]
    [InlineData("{name}{ext}", null, "a/{name}.png", "a/{name}.png")]
    [InlineData("{name}-{type}", null, "b.jpg", "b-jpg.jpg")]
    [InlineData("{name}.webp", null, "b.jpg", "b.webp")]
    [InlineData("{name}.png", "png", "b.jpg", "b.png")]
    [InlineData("{name}.jpeg", "jpeg", "b.png", "b.jpeg")]
    public void Of_Template_IsFilledIn(string template, string? format, string path, string output) =>
        Assert.Equal(output, new OutputName(template, format).Of(path, "4"));

    [Theory]
    [InlineData("x{ext}", null, "{name}")]
    [InlineData("{name}{size}{ext}", null, "'{size}'")]
    [InlineData("{name", null, "'{name'")]
    [InlineData("{name}}", null, "'}'")]
    [InlineData("sub/{name}{ext}", null, "without folders")]
    [InlineData("{name}.jpg", "png", "--format")]
    public void New_WrongTemplate_SaysWhatIsWrong(string template, string? format, string named) =>
        Assert.Contains(named, Assert.Throws<FormatException>(() => new OutputName(template, format)).Message, StringComparison.Ordinal);

    [Fact]
    public void Problem_LongName_IsCountedInBytes()
    {
        // Three bytes each.
        Assert.Null(OutputName.Problem("folder/" + new string('日', 85)));
        Assert.Equal(ExitCode.OutputNameTooLong, OutputName.Problem("folder/" + new string('日', 86))!.Code);
    }
}
