using System.CommandLine;
using System.Globalization;
using Koala.Client.CommandLine.Blurs;

namespace Koala.Client.CommandLine.Commands;

/// <summary>The options that steer the network by the blur; <c>docs/blur.md</c> describes them.</summary>
internal sealed class SteeringOptions
{
    private readonly Option<double> _keepBlur = new("--keep-blur")
    {
        Description = "Share of plain bicubic, 0 to 1, where PHOTO is blurred on purpose. Default: 0, the network's picture as it is.",
        HelpName = "SHARE",
        CustomParser = result => NumberArgument.Between(result, "--keep-blur", 0, 1) ?? 0,
    };

    private readonly Option<string?> _mask = new("--keep-blur-mask")
    {
        Description = "A picture as large as PHOTO: white where blur is kept, in place of where it is found to be wide.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _kernel = new("--kernel")
    {
        Description = "The blur of PHOTO, in place of the estimate: sigma1,sigma2,angle in pixels of the enlarged picture and degrees, "
            + "or a file with a measured kernel: rows of numbers, or a picture.",
        HelpName = "KERNEL",
    };

    private readonly Option<double?> _kernelPixel = new("--kernel-pixel")
    {
        Description = "Pixels of the enlarged picture that a pixel of a kernel's file is wide. Default: 1; where it was measured on PHOTO itself, 2 or 4.",
        HelpName = "PIXELS",
        CustomParser = result => NumberArgument.Between(result, "--kernel-pixel", 0.05, 20),
    };

    private readonly Option<double?> _kernelScale = new("--kernel-scale")
    {
        Description = "How many times as wide as estimated the blur is taken to be, 0.5 to 2: less sharpens less. Default: 1.",
        HelpName = "FACTOR",
        CustomParser = result => NumberArgument.Between(result, "--kernel-scale", 0.5, 2),
    };

    private readonly Option<bool> _kernelLock = new("--kernel-lock")
    {
        Description = "Estimate one blur for all photos of the call, as of one scanner or one burst, and use it for each.",
    };

    private readonly Option<int> _consistent = new("--consistent")
    {
        Description = "Steps, 0 to 20, of correcting OUT so that, blurred and reduced again, it comes closer to PHOTO. Default: 0.",
        HelpName = "STEPS",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var steps) && steps <= 20)
                return steps;
            result.AddError($"--consistent is 0 to 20 steps, not '{text}'");
            return 0;
        },
    };

    private readonly Option<double> _smooth = new("--fast-smooth")
    {
        Description = "Enlarge by plain bicubic, in no time, where PHOTO is smooth: skies, grounds out of focus. Pixels less than LEVELS "
            + "(of 255, 0 to 16; 2 suits most) off the mean around them count as smooth. Default: 0, the network everywhere.",
        HelpName = "LEVELS",
        CustomParser = result => NumberArgument.Between(result, "--fast-smooth", 0, 16) ?? 0,
    };

    /// <summary>Those with values, for comparing several.</summary>
    public IReadOnlyList<Option> Compared => [_keepBlur, _kernel, _kernelScale, _consistent, _smooth];

    /// <summary>Adds them all.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_keepBlur, _mask, _kernel, _kernelPixel, _kernelScale, _kernelLock, _consistent, _smooth])
            command.Add(option);
        command.Validators.Add(result =>
        {
            Option[] kernels = [.. new Option[] { _kernel, _kernelScale, _kernelLock }.Where(option => result.GetResult(option) is { Implicit: false })];
            if (kernels.Length > 1)
                result.AddError($"{kernels[0].Name} and {kernels[1].Name} both say which blur is meant; give one of them");
            if (result.GetResult(_mask) is { Implicit: false } && result.GetResult(_keepBlur) is not { Implicit: false })
                result.AddError("--keep-blur-mask says where; add --keep-blur 1, or less, to say how much");
            if (result.GetResult(_kernelPixel) is { Implicit: false } && result.GetResult(_kernel) is not { Implicit: false })
                result.AddError("--kernel-pixel is about the file of --kernel; add that");
        });
    }

    /// <summary>What they say; null where none is given.</summary>
    /// <exception cref="CommandFailure">The kernel is none.</exception>
    public SteeringSettings? Steering(ParseResult parsed)
    {
        var steering = new SteeringSettings
        {
            KeepBlur = parsed.GetValue(_keepBlur),
            KeepBlurMask = parsed.GetValue(_mask),
            Kernel = parsed.GetValue(_kernel) is { } kernel ? Kernel(kernel, parsed.GetValue(_kernelPixel)) : null,
            KernelScale = parsed.GetValue(_kernelScale) is { } scale and not 1 ? scale : null,
            KernelLock = parsed.GetValue(_kernelLock),
            Consistent = parsed.GetValue(_consistent),
            SmoothLevels = parsed.GetValue(_smooth),
        };
        return steering == new SteeringSettings() ? null : steering;
    }

    private static BlurKernel Kernel(string text, double? pixel)
    {
        var parts = text.Split(',');
        if (parts.Length == 3 && Array.TrueForAll(parts, part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
        {
            double[] numbers = [.. parts.Select(part => double.Parse(part, NumberStyles.Float, CultureInfo.InvariantCulture))];
            if (pixel is null && numbers is [>= 0.05 and <= 10, >= 0.05 and <= 10, >= -360 and <= 360])
                return BlurKernel.Gaussian(numbers[0], numbers[1], numbers[2] * Math.PI / 180);
            throw new CommandFailure(
                ExitCode.Usage,
                $"--kernel {text}: expected sigmas of 0.05 to 10 pixels, an angle of -360 to 360 degrees and no --kernel-pixel; see koala-client upscale --help.");
        }
        return KernelFile.Read(text, pixel ?? 1);
    }
}
