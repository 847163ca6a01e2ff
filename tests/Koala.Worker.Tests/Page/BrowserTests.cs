using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Koala.Network;
using Koala.Worker.Hosting;
using Koala.Worker.Inference;
using Koala.Worker.Service;

namespace Koala.Worker.Tests.Page;

/// <summary>The status page in a real browser. With <c>KOALA_PICTURES</c>, a folder, a picture of the page is put there.</summary>
public sealed class BrowserTests
{
    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Page_Photograph_IsSharpenedWhereItWas()
    {
        Assert.SkipWhen(Chromium.Program is null, "needs Chromium in the PATH");
        var pictures = Environment.GetEnvironmentVariable("KOALA_PICTURES");
        var page = new ListenEndpoint.Loopback(new IPEndPoint(IPAddress.Loopback, FreePort.Find()));
        await using var worker = await TestWorker.StartAsync(null, o => o with
        {
            StatusPage = page,
            Engine = new EngineOptions { Device = "cpu", Precision = Precision.Fp32 },
            Limits = new ServiceLimits { PreferredTileSide = pictures is null ? 128 : 384 },
        });
        await worker.UntilReadyAsync();
        await using var browser = await Chromium.StartAsync(1000, 1500);
        await browser.OpenAsync(page.ToString());
        await browser.UntilAsync("document.getElementById('scale')?.value === '4'");
        var photograph = Convert.ToBase64String(await File.ReadAllBytesAsync(Path.Combine(SourceFolder(), "../../../clients/koala-client/samples/friends.jpg")));
        await browser.EvaluateAsync(
            $$"""
            (() => {
              const dropped = new DataTransfer();
              dropped.items.add(new File([Uint8Array.from(atob("{{photograph}}"), c => c.charCodeAt(0))], "friends.jpg", { type: "image/jpeg" }));
              document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
            })()
            """);
        await browser.UntilAsync("!document.getElementById('result').hidden");
        var difference = (double)(await browser.EvaluateAsync(
            """
            (() => {
              const [a, b] = [before, after].map(canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data);
              return a.reduce((sum, value, n) => sum + Math.abs(value - b[n]), 0) / a.length;
            })()
            """))!;
        // The same picture, and not the same pixels.
        Assert.InRange(difference, 0.2, 8);
        Assert.Empty(browser.Complaints);
        if (pictures is { Length: > 0 })
        {
            await browser.UntilAsync("document.getElementById('finished').textContent === '1'");
            await File.WriteAllBytesAsync(Path.Combine(pictures, "status-page.png"), await browser.ScreenshotAsync());
        }
    }

    [Fact(Timeout = TestWorker.Timeout)]
    public async Task Page_InABrowser_ShowsWorkAndTriesOutADroppedPicture()
    {
        Assert.SkipWhen(Chromium.Program is null, "needs Chromium in the PATH");
        var page = new ListenEndpoint.Loopback(new IPEndPoint(IPAddress.Loopback, FreePort.Find()));
        await using var worker = await TestWorker.StartAsync(new FakeEngine(), o => o with { StatusPage = page });
        await worker.UntilReadyAsync();
        var (stream, _) = await TestStream.OpenAsync(worker.Client);
        using (stream)
        {
            await stream.SendAsync(TestStream.Plain(1, 4, 1));
            await stream.FinishAsync();
        }

        await using var browser = await Chromium.StartAsync(1000, 900);
        await browser.OpenAsync(page.ToString());
        await browser.UntilAsync("document.getElementById('finished')?.textContent === '1'");
        Assert.Equal("ready", await TextAsync("state"));
        Assert.Contains("on fake", await TextAsync("about"), StringComparison.Ordinal);
        Assert.Contains("fake-x4", await TextAsync("models"), StringComparison.Ordinal);
        Assert.Equal("×4", await TextAsync("scale"));

        // Dropped as a file, so that all of it is the page's own doing: 60×20 pixels, of which the middle 48 columns fit.
        await browser.EvaluateAsync(
            """
            (async () => {
              const canvas = new OffscreenCanvas(60, 20), context = canvas.getContext("2d");
              for (let x = 0; x < 60; x++) { context.fillStyle = `rgb(${x}, ${2 * x}, ${255 - x})`; context.fillRect(x, 0, 1, 20); }
              const dropped = new DataTransfer();
              dropped.items.add(new File([await canvas.convertToBlob()], "stripes.png", { type: "image/png" }));
              document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
            })()
            """);
        await browser.UntilAsync("!document.getElementById('result').hidden");
        Assert.Equal("192×80", (string?)await browser.EvaluateAsync("`${after.width}×${after.height}`"));
        // This engine repeats every pixel four times.
        var pixels = (string?)await browser.EvaluateAsync("[...after.getContext('2d').getImageData(0, 79, 192, 1).data].join()");
        var expected = Enumerable.Range(0, 192).Select(x => 6 + x / 4).SelectMany(x => (int[])[x, 2 * x, 255 - x, 255]);
        Assert.Equal(string.Join(',', expected.Select(value => value.ToString(CultureInfo.InvariantCulture))), pixels);
        Assert.Contains("the middle 48×20 of 60×20 pixels to 192×80 by fake-x4", await TextAsync("caption"), StringComparison.Ordinal);

        await browser.EvaluateAsync("slider.value = 25; slider.dispatchEvent(new Event('input'))");
        Assert.Equal("inset(0px 0px 0px 25%)", (string?)await browser.EvaluateAsync("getComputedStyle(after).clipPath"));
        await browser.UntilAsync("document.getElementById('finished').textContent === '2'");

        await browser.EvaluateAsync(
            """
            (() => {
              const dropped = new DataTransfer();
              dropped.items.add(new File(["words"], "words.png", { type: "image/png" }));
              document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
            })()
            """);
        await browser.UntilAsync("document.getElementById('said').textContent === 'That is no picture that this browser can read.'");
        Assert.Empty(browser.Complaints);

        worker.Stop();
        await browser.UntilAsync("document.getElementById('state').textContent === 'gone'");

        async Task<string> TextAsync(string id) => (string)(await browser.EvaluateAsync($"document.getElementById('{id}').innerText"))!;
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
