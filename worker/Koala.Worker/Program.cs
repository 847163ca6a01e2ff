using Koala.Worker.Hosting;

return await WorkerCommand.RunAsync(args, Console.Out, Console.Error);
