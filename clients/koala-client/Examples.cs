using System.CommandLine;

namespace Koala.Client.CommandLine;

/// <summary>Lines to copy, for every command's help.</summary>
internal static class Examples
{
    /// <summary>Those of a command; a command with others below it shows theirs.</summary>
    public static IEnumerable<string> Of(Command command) => command.Subcommands.Count > 0
        ? command.Subcommands.SelectMany(Of)
        : command.Name switch
        {
            "upscale" =>
            [
                "koala-client upscale photo.jpg -o photo-x4.png",
                "koala-client upscale photo.jpg -o photo-x2.webp --scale 2",
                "koala-client upscale photo.jpg -o photo-large.jpg --longest 6000 --quality 92",
                "koala-client upscale photo.jpg -o part.png --preview 820,410,200,150",
                "koala-client upscale photo.jpg -o sheet.png --sheet kernel-scale=0.7,1,1.4 --sheet keep-blur=0,1",
                "koala-client upscale photo.jpg -o photo-x4.png --check-map differences.png --check-threshold 35",
                "koala-client upscale - -o - --format png < photo.jpg > photo-x4.png",
                "koala-client upscale photo.jpg -o photo-x4.png --precision fp32 --overwrite --quiet",
                "koala-client upscale portrait.jpg -o portrait-x4.png --keep-blur 0.8",
                "koala-client upscale photo.jpg -o photo-x4.png --kernel 2.5,1.2,30 --consistent 3",
                "koala-client upscale -r scans -o enlarged --kernel-lock",
                "koala-client upscale a.jpg b.tif 'scans/**/*.tif' -o enlarged",
                "koala-client upscale -r photos -o enlarged --name '{name}@{scale}x{ext}' --format png --dry-run",
                "find photos -name '*.jpg' -mtime -7 | koala-client upscale @- -o enlarged --json",
                "koala-client upscale -r photos -o enlarged --shard $SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT",
            ],
            "blur" =>
            [
                "koala-client blur photo.jpg -o photo-blur.png",
                "koala-client blur photo.jpg --kernels photo-kernels.png --layers photo-blur.tif --json",
                "koala-client blur photo.jpg --mean-kernel lens.txt",
            ],
            "status" => ["koala-client status", "koala-client status --watch", "koala-client status --worker https://gpu:5443 --ca worker.pem --token-file token"],
            "start" => ["koala-client worker start --device cpu --idle-timeout 60"],
            "stop" => ["koala-client worker stop"],
            "install" => ["koala-client gimp install"],
            "uninstall" => ["koala-client gimp uninstall"],
            "doctor" => ["koala-client gimp doctor"],
            "stdio" => ["koala-client stdio < request-and-rows > header-and-rows"],
            _ => [],
        };
}
