using Koala.Client.CommandLine.Upscaling;

namespace Koala.Client.CommandLine.Tests;

public class TargetSizeTests
{
    public static TheoryData<object, int, int, int[]> Sizes => new()
    {
        { new TargetSize(), 1200, 800, [4] },
        { new TargetSize { Scale = 2 }, 600, 400, [2] },
        { new TargetSize { Scale = 1.5 }, 450, 300, [2] },
        { new TargetSize { Scale = 0.1 }, 30, 20, [2] },
        { new TargetSize { Scale = 3 }, 900, 600, [4] },
        { new TargetSize { Width = 600 }, 600, 400, [2] },
        { new TargetSize { Width = 601 }, 601, 401, [4] },
        { new TargetSize { Height = 500 }, 750, 500, [4] },
        { new TargetSize { Width = 1000, Height = 400 }, 600, 400, [2] },
        { new TargetSize { Longest = 1000 }, 1000, 667, [4] },
        { new TargetSize { Megapixels = 0.24 }, 600, 400, [2] },
        { new TargetSize { Scale = 8, AllowRepeat = true }, 2400, 1600, [4, 2] },
        { new TargetSize { Scale = 16, AllowRepeat = true }, 4800, 3200, [4, 4] },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void For_APhotoOf300x200_IsItsSizeAndTheNextScale(object target, int width, int height, int[] passes)
    {
        var plan = ((TargetSize)target).For(300, 200);

        Assert.Equal((width, height), (plan.Width, plan.Height));
        Assert.Equal(passes, plan.Passes);
    }

    [Fact]
    public void For_AThinPhoto_KeepsAPixel() => Assert.Equal(1, new TargetSize { Longest = 10 }.For(3, 5000).Width);

    [Fact]
    public void For_TooMuch_SaysWhatToDo()
    {
        var repeat = Assert.Throws<CommandFailure>(() => new TargetSize { Width = 1201 }.For(300, 200));
        Assert.Contains("--allow-repeat", repeat.Message, StringComparison.Ordinal);
        var never = Assert.Throws<CommandFailure>(() => new TargetSize { Width = 5000, AllowRepeat = true }.For(300, 200));
        Assert.Contains("more than 16", never.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Name_OfAnyMeasure_IsShort() => Assert.Equal(
        ["4", "1.5", "1920w", "1080h", "1920x1080", "2000px", "12.5mp"],
        new[]
        {
            new TargetSize(), new() { Scale = 1.5 }, new() { Width = 1920 }, new() { Height = 1080 }, new() { Width = 1920, Height = 1080 },
            new() { Longest = 2000 }, new() { Megapixels = 12.5 },
        }.Select(size => size.Name));
}
