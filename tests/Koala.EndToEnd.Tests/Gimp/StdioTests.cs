using System.Diagnostics;
using System.Text;
using System.Text.Json;
using NetVips;

namespace Koala.EndToEnd.Tests.Gimp;

/// <summary><c>koala-client stdio</c> as a plug-in uses it.</summary>
public sealed class StdioTests(Desk desk) : IClassFixture<Desk>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>One exchange; standard input stays open until the program has ended.</summary>
    private async Task<(int Code, byte[] Output, JsonElement[] Events)> ExchangeAsync(string request, byte[] rows)
    {
        using var process = desk.StartProcess(Repository.ClientProgram, "stdio");
        using var limit = new CancellationTokenSource(Patience);
        var events = process.StandardError.ReadToEndAsync(limit.Token);
        using var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output, limit.Token);
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(request + "\n"), limit.Token);
            await process.StandardInput.BaseStream.WriteAsync(rows, limit.Token);
            await process.StandardInput.BaseStream.FlushAsync(limit.Token);
        }
        catch (IOException)
        {
            // It has ended early; its events say why.
        }
        await reading;
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, output.ToArray(),
            [.. (await events).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)]);
    }

    private static (JsonElement Header, byte[] Rows) Split(byte[] output)
    {
        var end = Array.IndexOf(output, (byte)'\n');
        return (JsonDocument.Parse(output.AsMemory(0, end)).RootElement, output[(end + 1)..]);
    }

    [Theory]
    [InlineData("u8")]
    [InlineData("u16")]
    public async Task Exchange_Rgb_EqualsUpscaleOfAFile(string sample)
    {
        using var image = Image.NewFromFile(desk.Picture("stdio.png", 70, 50));
        using var deep = sample == "u8" ? image.Copy() : image.Cast(Enums.BandFormat.Ushort).Linear([257.0], [13.0]).Cast(Enums.BandFormat.Ushort).Copy(interpretation: Enums.Interpretation.Rgb16);
        deep.WriteToFile(desk.File($"stdio-{sample}.png"));
        Assert.Equal(0, (await desk.RunAsync("upscale", desk.File($"stdio-{sample}.png"), "-o", desk.File("file.png"), "--overwrite")).ExitCode);

        var (code, output, events) = await ExchangeAsync($$"""{"width": 70, "height": 50, "format": "RGB {{sample}}"}""", Pixels.Of(deep));

        Assert.Equal(0, code);
        var (header, rows) = Split(output);
        Assert.Equal((280, 200, $"RGB {sample}"), (header.GetProperty("width").GetInt32(), header.GetProperty("height").GetInt32(), header.GetProperty("format").GetString()));
        Assert.Equal(Pixels.Of(desk.File("file.png")), rows);
        Assert.Equal("done", events[^1].GetProperty("event").GetString());
        Assert.Contains(events, e => e.GetProperty("event").GetString() == "progress" && e.GetProperty("fraction").GetDouble() == 1);
    }

    [Fact]
    public async Task Exchange_SameSizeWithAlpha_KeepsSizeAndAlpha()
    {
        var random = new Random(5);
        var rows = new byte[60 * 40 * 4];
        random.NextBytes(rows);
        var (code, output, _) = await ExchangeAsync("""{"width": 60, "height": 40, "format": "RGBA u8", "same_size": true, "strength": 0.5}""", rows);
        Assert.Equal(0, code);
        var result = Split(output).Rows;
        Assert.Equal(rows.Length, result.Length);
        Assert.Equal(rows.Where((_, i) => i % 4 == 3), result.Where((_, i) => i % 4 == 3));
        Assert.NotEqual(rows, result);
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("""{"width": 3, "height": 2}""")]
    [InlineData("""{"width": 0, "height": 2, "format": "RGB u8"}""")]
    [InlineData("""{"width": 3, "height": 2, "format": "CMYK u8"}""")]
    [InlineData("""{"width": 3, "height": 2, "format": "RGB u8", "scale": 3}""")]
    [InlineData("""{"width": 3, "height": 2, "format": "RGB u8", "strength": 2}""")]
    [InlineData("""{"width": 3, "height": 2, "format": "RGB u8", "colour": "red"}""")]
    public async Task Exchange_BadRequest_IsOneErrorEvent(string request)
    {
        var (code, output, events) = await ExchangeAsync(request, []);
        Assert.Equal(2, code);
        Assert.Empty(output);
        var error = Assert.Single(events);
        Assert.Equal(("error", 2), (error.GetProperty("event").GetString(), error.GetProperty("code").GetInt32()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Exchange_InputEnds_GivesUpSoon(bool allRowsSent)
    {
        Assert.Equal(0, (await desk.RunAsync("worker", "start")).ExitCode);
        using var process = desk.StartProcess(Repository.ClientProgram, "stdio");
        var events = process.StandardError.ReadToEndAsync();
        var input = process.StandardInput.BaseStream;
        await input.WriteAsync(Encoding.UTF8.GetBytes("""{"width": 900, "height": 900, "format": "RGB u8"}""" + "\n"));
        await input.WriteAsync(new byte[allRowsSent ? 900 * 900 * 3 : 1000]);
        await input.FlushAsync();
        await Task.Delay(500);
        Assert.False(process.HasExited);
        process.StandardInput.Close();
        var clock = Stopwatch.StartNew();
        using var limit = new CancellationTokenSource(Patience);
        await process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, limit.Token);
        await process.WaitForExitAsync(limit.Token);
        Assert.Equal(130, process.ExitCode);
        // The whole job would take a minute.
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10);
        Assert.Contains("\"code\":130", await events, StringComparison.Ordinal);
    }
}
