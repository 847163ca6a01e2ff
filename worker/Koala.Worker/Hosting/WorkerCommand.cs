using System.Collections;
using System.CommandLine;
using System.CommandLine.Help;
using Koala.Network;
using Koala.Worker.Batching;
using Koala.Worker.Inference;
using Koala.Worker.Observability;
using Koala.Worker.Security;
using Koala.Worker.Service;

namespace Koala.Worker.Hosting;

/// <summary>The command line: <c>koala-worker [options]</c>.</summary>
internal sealed class WorkerCommand
{
    private readonly Option<string[]> _listen = new("--listen")
    {
        Description = "Where to listen: unix:/path, pipe:NAME, http://127.0.0.1:PORT, systemd: (sockets that it hands over) or, for other machines, https://ADDRESS:PORT; "
            + "may be given more than once "
            + $"[default: {ListenEndpoint.Default}]",
        HelpName = "endpoint",
    };

    private readonly Option<string> _device = new("--device")
    {
        Description = "Where to compute: auto, cpu, cuda or cuda:N",
        DefaultValueFactory = _ => new EngineOptions().Device,
        HelpName = "device",
    };

    private readonly Option<string> _precision = new Option<string>("--precision")
    {
        Description = "Arithmetic for clients that name none; auto is bf16 where the device computes in it, else fp32",
        DefaultValueFactory = _ => "auto",
    }.AcceptOnlyFromAmong("auto", "fp32", "bf16");

    private readonly Option<string> _models = new("--models")
    {
        Description = "Folder of the *.safetensors files [default: models beside the program]",
        HelpName = "folder",
    };

    private readonly Option<int> _reload = new("--reload")
    {
        Description = "Look for changed model files so often and take them in while at work, 0 for never",
        DefaultValueFactory = _ => new EngineOptions().ReloadSeconds,
        HelpName = "seconds",
    };

    private readonly Option<double> _idleTimeout = new("--idle-timeout")
    {
        Description = "Leave after this many minutes without work, 0 for never",
        DefaultValueFactory = _ => new WorkerOptions().IdleTimeoutMinutes,
        HelpName = "minutes",
    };

    private readonly Option<int?> _threads = new("--threads")
    {
        Description = "Threads of the CPU's arithmetic [default: all cores]",
        HelpName = "count",
    };

    private readonly Option<int?> _maxBatch = new("--max-batch")
    {
        Description = "Tiles computed together [default: 4 on a CPU, 8 on CUDA]",
        HelpName = "tiles",
    };

    private readonly Option<int?> _batchDelay = new("--batch-delay")
    {
        Description = "How long a tile waits for others to fill its batch [default: 0 on a CPU, 2 on CUDA]",
        HelpName = "ms",
    };

    private readonly Option<int> _maxQueue = new("--max-queue")
    {
        Description = "Million pixels of each priority that wait for the device; where it is reached streams wait to be read on",
        DefaultValueFactory = _ => new BatchingOptions().QueueMegapixels,
        HelpName = "megapixels",
    };

    private readonly Option<string> _config = new("--config")
    {
        Description = "JSON file of options, each a key without --, such as { \"idle-timeout\": 0 }; KOALA_WORKER_IDLE_TIMEOUT in the environment holds over it, "
            + "and the command line over both [default: none]",
        HelpName = "file",
    };

    private readonly ObservabilityArguments _observability = new();

    private readonly LimitArguments _limits = new();

    private readonly SecurityArguments _security = new();

    /// <summary>Runs the worker until it is told to stop.</summary>
    /// <returns>One of <see cref="ExitCode"/>; every error is a line on <paramref name="error"/>.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        var command = new WorkerCommand();
        var parsed = command.Build(args, error).Parse(args);
        if (parsed.Errors.Count > 0)
            return Refuse(error, parsed.Errors.Select(e => e.Message));
        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            // The host listens to the signals itself.
            ProcessTerminationTimeout = null,
        });
    }

    /// <summary>What the command line, the environment and the file of <c>--config</c> say together.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="environment">Names and values.</param>
    /// <param name="problems">Gets what cannot be used.</param>
    public static WorkerOptions Read(string[] args, IDictionary environment, List<string> problems)
    {
        var command = new WorkerCommand();
        return command.Read(command.Build(args, TextWriter.Null), args, environment, problems);
    }

    private RootCommand Build(string[] args, TextWriter error)
    {
        var root = new RootCommand("Enlarges images with KOALAnet: keeps the network loaded and serves clients over gRPC.");
        foreach (var option in (Option[])
            [_listen, _device, _precision, _models, _reload, _idleTimeout, _threads, _maxBatch, _batchDelay, _maxQueue, _config])
            root.Options.Add(option);
        _observability.AddTo(root);
        _limits.AddTo(root);
        _security.AddTo(root);
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        root.SetAction((_, cancellationToken) => RunAsync(root, args, error, cancellationToken));
        return root;
    }

    private async Task<int> RunAsync(RootCommand root, string[] args, TextWriter error, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var options = Read(root, args, Environment.GetEnvironmentVariables(), problems);
        if (problems.Count > 0)
            return Refuse(error, problems);
        try
        {
            await using var host = await WorkerHost.StartAsync(options, cancellationToken: cancellationToken);
            return await host.WaitForExitAsync();
        }
        catch (StartException e)
        {
            await error.WriteLineAsync($"koala-worker: {e.Message}");
            return e.ExitCode;
        }
    }

    private WorkerOptions Read(RootCommand root, string[] args, IDictionary environment, List<string> problems)
    {
        var settings = Settings.ArgumentsFor(root, args, _config, environment, problems);
        if (problems.Count > 0)
            return new WorkerOptions();
        var options = Read(root.Parse([.. args, .. settings]), problems);
        problems.AddRange(options.Validate());
        return options;
    }

    private WorkerOptions Read(ParseResult parsed, List<string> problems)
    {
        var endpoints = new List<ListenEndpoint>();
        foreach (var text in parsed.GetValue(_listen) ?? [])
        {
            if (ListenEndpoint.Parse(_listen.Name, text, problems) is { } endpoint)
                endpoints.Add(endpoint);
        }
        if (endpoints.Count > endpoints.Distinct().Count())
            problems.Add("--listen: an endpoint is given twice");
        var engine = new EngineOptions
        {
            Device = parsed.GetValue(_device)!,
            Precision = parsed.GetValue(_precision) switch
            {
                "fp32" => Precision.Fp32,
                "bf16" => Precision.Bf16,
                _ => null,
            },
        };
        var options = new WorkerOptions
        {
            Listen = endpoints.Count > 0 ? endpoints : [ListenEndpoint.Default],
            IdleTimeoutMinutes = parsed.GetValue(_idleTimeout),
            Engine = engine with
            {
                Models = parsed.GetValue(_models) ?? engine.Models,
                ReloadSeconds = parsed.GetValue(_reload),
                Threads = parsed.GetValue(_threads) ?? engine.Threads,
            },
            Batching = new BatchingOptions
            {
                MaxBatch = parsed.GetValue(_maxBatch),
                DelayMilliseconds = parsed.GetValue(_batchDelay),
                QueueMegapixels = parsed.GetValue(_maxQueue),
            },
            Security = _security.Read(parsed, problems),
            Limits = _limits.Read(parsed),
        };
        return _observability.Read(parsed, options, problems);
    }

    private static int Refuse(TextWriter error, IEnumerable<string> problems)
    {
        // One line in all: a client that started the worker shows its last one as the reason.
        error.WriteLine($"koala-worker: {string.Join("; ", problems.Select(OneLine))} (try 'koala-worker --help')");
        return ExitCode.Usage;
    }

    /// <summary>The parser's texts may have several lines, and end as sentences.</summary>
    private static string OneLine(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.');
}
