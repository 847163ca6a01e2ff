using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Koala.Worker.Tests.Page;

/// <summary>A tab of a Chromium without a window, spoken to in its DevTools protocol.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    private readonly Process _process;
    private readonly TestFolder _profile;
    private readonly ClientWebSocket _socket = new();
    private int _lastId;

    private Chromium(Process process, TestFolder profile) => (_process, _profile) = (process, profile);

    /// <summary>The program; null where there is none.</summary>
    public static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => Names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    /// <summary>What the browser complained of, such as a breach of the page's Content-Security-Policy.</summary>
    public List<string> Complaints { get; } = [];

    public static async Task<Chromium> StartAsync(int width, int height)
    {
        var profile = new TestFolder();
        var process = Process.Start(new ProcessStartInfo(Program!,
        [
            // No sandbox: it needs rights that containers do not give, and what is opened here is our own page.
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--hide-scrollbars",
            $"--user-data-dir={profile.Path}", $"--window-size={width},{height}", "--remote-debugging-port=0", "about:blank",
        ])
        {
            RedirectStandardError = true,
        })!;
        var chromium = new Chromium(process, profile);
        string? line;
        do
            line = await process.StandardError.ReadLineAsync() ?? throw new InvalidOperationException("the browser ended");
        while (!line.StartsWith("DevTools listening on ws://", StringComparison.Ordinal));
        _ = process.StandardError.ReadToEndAsync();
        using var http = new HttpClient();
        var address = new Uri(line["DevTools listening on ".Length..]);
        var tabs = await http.GetFromJsonAsync<JsonArray>($"http://{address.Authority}/json/list");
        await chromium._socket.ConnectAsync(new Uri((string)tabs!.First(tab => (string?)tab!["type"] == "page")!["webSocketDebuggerUrl"]!), default);
        foreach (var domain in (string[])["Page", "Runtime", "Log"])
            await chromium.CallAsync($"{domain}.enable");
        await chromium.CallAsync("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = false });
        return chromium;
    }

    public Task OpenAsync(string url) => CallAsync("Page.navigate", new JsonObject { ["url"] = url });

    /// <summary>The value of an expression in the page, awaited where it is a promise.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        var answer = await CallAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true });
        Assert.Null(answer["exceptionDetails"]?.ToJsonString());
        return answer["result"]!["value"];
    }

    /// <summary>Waits until an expression in the page is true.</summary>
    public async Task UntilAsync(string expression)
    {
        while ((await EvaluateAsync(expression))?.GetValueKind() != JsonValueKind.True)
            await Task.Delay(20);
    }

    /// <summary>The whole page as PNG.</summary>
    public async Task<byte[]> ScreenshotAsync()
    {
        var answer = await CallAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png", ["captureBeyondViewport"] = true });
        return Convert.FromBase64String((string)answer["data"]!);
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                _profile.Dispose();
                return;
            }
            catch (IOException) when (attempt < 20)
            {
                // Its helpers, which end after it, still write there.
                await Task.Delay(100);
            }
        }
    }

    private async Task<JsonNode> CallAsync(string method, JsonObject? parameters = null)
    {
        var id = ++_lastId;
        var message = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] });
        await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, default);
        while (true)
        {
            var answer = await ReceiveAsync();
            if ((string?)answer["method"] is "Log.entryAdded")
                Complaints.Add(answer["params"]!["entry"]!.ToJsonString());
            if ((string?)answer["method"] is "Runtime.exceptionThrown")
                Complaints.Add(answer["params"]!.ToJsonString());
            if ((int?)answer["id"] != id)
                continue;
            Assert.Null(answer["error"]?.ToJsonString());
            return answer["result"]!;
        }
    }

    private async Task<JsonNode> ReceiveAsync()
    {
        using var message = new MemoryStream();
        var buffer = new byte[64 << 10];
        WebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer, default);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonNode.Parse(message.ToArray())!;
    }
}
