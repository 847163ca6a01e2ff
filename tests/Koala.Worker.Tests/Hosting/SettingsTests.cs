using System.Collections;
using System.Runtime.CompilerServices;
using Koala.Worker.Hosting;

namespace Koala.Worker.Tests.Hosting;

public sealed class SettingsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_FileEnvironmentAndFlags_TheNearerHolds()
    {
        var file = Write(
            """
            {
              // Comments and a last comma are allowed.
              "threads": 2,
              "max-batch": "3",
              "idle-timeout": 4.5,
              "listen": ["http://127.0.0.1:1", "http://127.0.0.1:2"],
            }
            """);
        var options = Read(["--config", file, "--max-batch", "7"], ("KOALA_WORKER_THREADS", "5"), ("KOALA_WORKER_MAX_BATCH", "6"), ("KOALA_WORKER_RELOAD", ""));
        Assert.Equal((5, 7, 4.5), (options.Engine.Threads, options.Batching.MaxBatch, options.IdleTimeoutMinutes));
        Assert.Equal(["http://127.0.0.1:1", "http://127.0.0.1:2"], options.Listen.Select(listen => listen.ToString()));
        Assert.Equal(new WorkerOptions().Engine.ReloadSeconds, options.Engine.ReloadSeconds);
    }

    [Fact]
    public void Read_ListFromTheEnvironment_ReplacesThatOfTheFile()
    {
        var file = Write("""{ "listen": "http://127.0.0.1:1" }""");
        var options = Read([], ("KOALA_WORKER_CONFIG", file), ("KOALA_WORKER_LISTEN", "http://127.0.0.1:2, http://127.0.0.1:3"), ("KOALA_WORKER_PROGRAM", "the clients' own"));
        Assert.Equal(["http://127.0.0.1:2", "http://127.0.0.1:3"], options.Listen.Select(listen => listen.ToString()));
        Assert.Equal(["http://127.0.0.1:4"], Read(["--listen", "http://127.0.0.1:4"], ("KOALA_WORKER_CONFIG", file)).Listen.Select(listen => listen.ToString()));
    }

    [Fact]
    public void Read_WhatIsNoOption_IsRefusedByName()
    {
        var file = Write("""{ "treads": 2, "--threads": 2, "config": "x", "help": true, "models": null, "threads": [1], "max-batch": "many" }""");
        var problems = Problems(["--config", file], ("KOALA_WORKER_TREADS", "2"), ("KOALA_WORKER_MAX_QUEUE", "lots"));
        string[] expected =
        [
            "KOALA_WORKER_TREADS: no option", $"{file}: 'treads' is no option", $"{file}: '--threads' is no option", $"{file}: 'config' is no option", $"{file}: 'help' is no option",
            $"{file}: models: expected a string or a number, got null", $"{file}: threads: expected a string or a number, got [1]", "KOALA_WORKER_MAX_QUEUE: ", $"{file}: ",
        ];
        Assert.Equal(expected.Length, problems.Count);
        Assert.All(problems.Zip(expected), pair => Assert.StartsWith(pair.Second, pair.First, StringComparison.Ordinal));
        Assert.Contains("'many'", problems[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ExampleFile_IsUnderstood()
    {
        var token = _folder.File("token");
        File.WriteAllText(token, "a-token-of-the-tests");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(token, UnixFileMode.UserRead);
        var options = Read(["--config", Path.Combine(SourceFolder(), "../../../worker/Koala.Worker/deploy/worker.json"), "--token-file", token]);
        Assert.Equal((0d, true, "/etc/koala/worker.pem", "http://127.0.0.1:9464"), (options.IdleTimeoutMinutes, options.JsonLog, options.Security.Certificate, options.Metrics?.ToString()));
    }

    [Theory]
    [InlineData("""{ "threads": 2""")]
    [InlineData("[]")]
    [InlineData("""{ "threads": 2, "threads": 3 }""")]
    public void Read_FileIsNoObject_IsRefused(string text)
    {
        var file = Write(text);
        Assert.StartsWith($"--config: {file}: ", Assert.Single(Problems(["--config", file])), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FileIsMissing_IsRefused() =>
        Assert.StartsWith("--config: /nowhere/worker.json: ", Assert.Single(Problems(["--config", "/nowhere/worker.json"])), StringComparison.Ordinal);

    [Fact]
    public void Read_ValueOutOfRange_IsRefusedAsOnTheCommandLine() =>
        Assert.Equal("--threads: expected 1 to 1024, got -1", Assert.Single(Problems([], ("KOALA_WORKER_THREADS", "-1"))));

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private string Write(string text)
    {
        var file = _folder.File("worker.json");
        File.WriteAllText(file, text);
        return file;
    }

    private static WorkerOptions Read(string[] args, params (string, string)[] environment)
    {
        var problems = new List<string>();
        var options = WorkerCommand.Read(args, ToDictionary(environment), problems);
        Assert.Empty(problems);
        return options;
    }

    private static List<string> Problems(string[] args, params (string, string)[] environment)
    {
        var problems = new List<string>();
        WorkerCommand.Read(args, ToDictionary(environment), problems);
        return problems;
    }

    private static Hashtable ToDictionary((string Name, string Value)[] environment)
    {
        var dictionary = new Hashtable();
        foreach (var (name, value) in environment)
            dictionary.Add(name, value);
        return dictionary;
    }
}
