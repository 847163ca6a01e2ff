using Koala.Imaging.Sheets;
using NetVips;

namespace Koala.Imaging.Tests.Sheets;

public class ContactSheetTests
{
    private const int Gap = 8;

    [Theory]
    [InlineData("rgb", 8)]
    [InlineData("grey", 8)]
    [InlineData("rgb", 16)]
    [InlineData("grey", 16)]
    public void Compose_PicturesOfOneSize_HoldsThemExactly(string kind, int bits)
    {
        using var picture = Pictures.Noise(kind, 90, 60, bits);
        using var other = picture.Flip(Enums.Direction.Horizontal);
        var label = 3 * LetterFont.Height;

        using var sheet = Sheet(2, ("a 1", picture), ("a 2", other), ("a 3", picture));

        Assert.Equal((2 * 90 + 3 * Gap, 2 * (60 + label) + 3 * Gap), (sheet.Width, sheet.Height));
        Assert.Equal((picture.Format, picture.Bands), (sheet.Format, sheet.Bands));
        Assert.Equal(Pictures.Bytes(picture), Pictures.Bytes(sheet.Crop(Gap, Gap + label, 90, 60)));
        Assert.Equal(Pictures.Bytes(other), Pictures.Bytes(sheet.Crop(2 * Gap + 90, Gap + label, 90, 60)));
        Assert.Equal(Pictures.Bytes(picture), Pictures.Bytes(sheet.Crop(Gap, 2 * Gap + 60 + 2 * label, 90, 60)));
    }

    [Fact]
    public void Compose_Labels_AreBrightOnDark()
    {
        using var picture = Pictures.Noise("grey", 90, 60);

        using var sheet = Sheet(1, ("scale 2", picture));

        using var label = sheet.Crop(Gap, Gap, 90, LetterFont.Height);
        Assert.Equal((33, 229), ((int)label.Min(), (int)label.Max()));
        Assert.Equal(LetterFont.Draw("scale 2").Sum(ink => ink), Pictures.Bytes(label).Count(value => value == 229));
    }

    [Fact]
    public void Compose_ASmallerPicture_IsEnlargedToTheOthers()
    {
        using var large = Pictures.Noise("rgb", 120, 80).Gaussblur(4);
        using var small = large.Resize(0.5);

        using var sheet = Sheet(2, ("scale 2", small), ("scale 4", large));

        var top = sheet.Height - Gap - 80;
        using var difference = (sheet.Crop(Gap, top, 120, 80) - sheet.Crop(2 * Gap + 120, top, 120, 80)).Abs();
        Assert.InRange(difference.Avg(), 0, 2);
    }

    [Fact]
    public void Compose_APictureNarrowerThanItsLabel_StandsInTheMiddle()
    {
        using var picture = Pictures.Noise("rgb", 10, 12);

        using var sheet = Sheet(1, ("a long label", picture));

        var width = LetterFont.Width("a long label");
        Assert.Equal(width + 2 * Gap, sheet.Width);
        Assert.Equal(Pictures.Bytes(picture), Pictures.Bytes(sheet.Crop(Gap + (width - 10) / 2, Gap + LetterFont.Height, 10, 12)));
    }

    [Theory]
    [InlineData("rgba", 3)]
    [InlineData("greya", 1)]
    public void Compose_TransparentPictures_LieOnDarkGrey(string kind, int bands)
    {
        using var opaque = Pictures.Noise(kind, 40, 30);
        using var colours = opaque.ExtractBand(0, n: bands);
        using var clear = colours.Bandjoin(Image.Black(40, 30)).Copy(interpretation: opaque.Interpretation);

        using var sheet = Sheet(1, ("a", clear));

        Assert.Equal(bands, sheet.Bands);
        Assert.All(Pictures.Bytes(sheet.Crop(Gap, sheet.Height - Gap - 30, 40, 30)), value => Assert.InRange(value, 32, 34));
    }

    [Fact]
    public void Compose_NoCells_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => ContactSheet.Compose([], 1));

    [Fact]
    public void LetterFont_EveryLetter_IsAnother()
    {
        var letters = "abcdefghijklmnopqrstuvwxyz0123456789.,-_=:/×? ".Select(letter => string.Concat(LetterFont.Draw($"{letter}"))).ToList();

        Assert.Equal(letters.Count, letters.Distinct().Count());
        Assert.Equal(LetterFont.Draw("?"), LetterFont.Draw("ß"));
        Assert.Equal(LetterFont.Draw("kernel-scale"), LetterFont.Draw("Kernel-Scale"));
    }

    private static Image Sheet(int columns, params (string Label, Image Picture)[] cells) =>
        Image.NewFromBuffer(ContactSheet.Compose([.. cells.Select(cell => new SheetCell(cell.Label, cell.Picture.TiffsaveBuffer()))], columns));
}
