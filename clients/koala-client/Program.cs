using Koala.Client.CommandLine;

Console.OutputEncoding = System.Text.Encoding.UTF8;
return await KoalaCommandLine.RunAsync(args, Terminal.OfProcess());
