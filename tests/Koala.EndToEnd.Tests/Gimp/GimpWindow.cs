using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetVips;

namespace Koala.EndToEnd.Tests.Gimp;

/// <summary>
/// A GIMP with its window, on a display of its own. It is used with keys, as people do, and asked what it holds through its Script-Fu server.
/// </summary>
internal sealed class GimpWindow : IAsyncDisposable
{
    /// <summary>Where displays are found.</summary>
    public const string DisplaySockets = "/tmp/.X11-unix";

    public const string NoDisplay = "needs Xvfb, xdotool and ImageMagick's import";

    // For every single thing that is waited for, on a busy machine.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly GimpPlace _place;
    private readonly string _name;
    private readonly Process _screen;
    private readonly string _display;
    private readonly int _port = FreePort();
    private Process? _gimp;
    private ClientRun? _run;

    private GimpWindow(GimpPlace place, string name, Process screen, string display) => (_place, _name, _screen, _display) = (place, name, screen, display);

    public static bool IsPossible { get; } = new[] { "Xvfb", "xdotool", "import" }.All(program => File.Exists($"/usr/bin/{program}"));

    /// <summary>Starts GIMP 2.10 with a picture.</summary>
    public static async Task<GimpWindow> Open210Async(GimpPlace place, string picture)
    {
        var window = await OpenScreenAsync(place, "gimp2");
        window._gimp = await place.Start210Async(
            ["/usr/bin/gimp-2.10", "-s", "-n", picture, "-b", $"(plug-in-script-fu-server 1 \"127.0.0.1\" {window._port} \"\")"], ("DISPLAY", window._display));
        return await window.ReadyAsync(picture);
    }

    /// <summary>Starts GIMP 3 with a picture.</summary>
    public static async Task<GimpWindow> Open3Async(GimpPlace place, string picture)
    {
        var window = await OpenScreenAsync(place, "gimp3");
        window._gimp = await place.Start3Async(
            [
                "gimp-3.0", "-s", "-n", picture, "--batch-interpreter=plug-in-script-fu-eval",
                "-b", $"(plug-in-script-fu-server #:run-mode 1 #:ip \"127.0.0.1\" #:port {window._port} #:logfile \"\")",
            ],
            ("DISPLAY", window._display));
        return await window.ReadyAsync(picture);
    }

    /// <summary>What a piece of Script-Fu returns, as text.</summary>
    public async Task<string> AskAsync(string script)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _port);
        await using var stream = client.GetStream();
        var text = Encoding.UTF8.GetBytes(script);
        var request = new byte[3 + text.Length];
        request[0] = (byte)'G';
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(1), (ushort)text.Length);
        text.CopyTo(request, 3);
        await stream.WriteAsync(request);
        var head = new byte[4];
        await stream.ReadExactlyAsync(head);
        var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2))];
        await stream.ReadExactlyAsync(answer);
        Assert.True(head[1] == 0, $"{script}: {Encoding.UTF8.GetString(answer)}");
        return Encoding.UTF8.GetString(answer);
    }

    /// <summary>Waits until a piece of Script-Fu returns something.</summary>
    public Task WaitForAsync(string script, string expected) => WaitAsync(async () => await AskAsync(script) == expected, $"{script} to be {expected}");

    /// <summary>Waits for a window by a part of its title, and moves the keyboard there.</summary>
    public async Task FocusAsync(string title) =>
        await WaitAsync(async () => await WindowAsync(title) is { } window && (await ToolAsync("windowfocus", window)).ExitCode == 0, $"a window \"{title}\"");

    /// <summary>Waits until no window has this title.</summary>
    public Task WaitForEndAsync(string title) => WaitAsync(async () => await WindowAsync(title) is null, $"the end of the window \"{title}\"");

    /// <summary>Presses keys, one after the other.</summary>
    public async Task PressAsync(params string[] keys)
    {
        foreach (var key in keys)
        {
            Assert.Equal(0, (await ToolAsync("key", key)).ExitCode);
            await Task.Delay(300);
        }
    }

    /// <summary>Chooses an entry of the menus: keys that each open one, and the entry's own. The open menus are photographed.</summary>
    public async Task ChooseAsync(string[] menus, string entry)
    {
        var before = await WindowsAsync();
        foreach (var key in menus)
        {
            var count = (await WindowsAsync()).Count;
            await PressAsync(key);
            await WaitAsync(async () => (await WindowsAsync()).Count > count, $"a menu after {key}");
        }
        // Drawn a little after they are there.
        await Task.Delay(1000);
        await PhotographAsync("menu");
        var opened = (await WindowsAsync()).Except(before).ToArray();
        await PressAsync(entry);
        await WaitAsync(async () => !(await WindowsAsync()).Intersect(opened).Any(), "the end of the menus");
    }

    /// <summary>A picture of the screen; kept beside the tests' program, for people.</summary>
    public async Task<string> PhotographAsync(string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "screenshots")).FullName;
        var file = Path.Combine(folder, $"{_name}-{name}.png");
        using var run = new ClientRun(_place.Desk.StartProcess("import", "-display", _display, "-window", "root", file));
        var outcome = await run.OutcomeAsync();
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return file;
    }

    /// <summary>Whether the image window shows progress: then its lower right corner has a button to cancel, which is written in light letters.</summary>
    public async Task<bool> ShowsProgressAsync(string name)
    {
        using var source = Source.NewFromFile(await PhotographAsync(name));
        using var screen = Image.NewFromSource(source);
        using var button = screen.Crop(745, 690, 28, 28);
        return button.Max() > 150;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in new[] { _gimp, _screen }.OfType<Process>().Where(process => !process.HasExited))
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
        _run?.Dispose();
        _screen.Dispose();
    }

    private static async Task<GimpWindow> OpenScreenAsync(GimpPlace place, string name)
    {
        var screen = place.Desk.StartProcess("Xvfb", "-displayfd", "1", "-screen", "0", "1024x720x24", "-nolisten", "tcp");
        _ = screen.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Patience);
        return new GimpWindow(place, name, screen, ":" + await screen.StandardOutput.ReadLineAsync(limit.Token));
    }

    private async Task<GimpWindow> ReadyAsync(string picture)
    {
        try
        {
            _run = new ClientRun(_gimp!);
            await WaitAsync(
                async () =>
                {
                    Assert.False(_run.HasExited);
                    try
                    {
                        return await AskAsync("(+ 1 1)") == "2";
                    }
                    catch (SocketException)
                    {
                        return false;
                    }
                },
                "GIMP to start");
            // There is no window manager: it lies where it lies.
            await FocusAsync(Title(picture));
            var window = await WindowAsync(Title(picture));
            await ToolAsync("windowmove", window!, "0", "0");
            await ToolAsync("windowsize", window!, "1024", "720");
            return this;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    private static string Title(string picture) => Path.GetFileNameWithoutExtension(picture);

    private async Task<string?> WindowAsync(string title)
    {
        var outcome = await ToolAsync("search", "--onlyvisible", "--name", title);
        return outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
    }

    private async Task<HashSet<string>> WindowsAsync() =>
        [.. (await ToolAsync("search", "--onlyvisible", "--name", ".*")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    private async Task<Outcome> ToolAsync(params string[] arguments)
    {
        using var run = new ClientRun(_place.Desk.StartProcess("xdotool", new Dictionary<string, string> { ["DISPLAY"] = _display }, arguments));
        return await run.OutcomeAsync();
    }

    private async Task WaitAsync(Func<Task<bool>> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > Patience)
                Assert.Fail($"waited in vain for {what}; the screen is in {await PhotographAsync("failed")}");
            await Task.Delay(200);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
