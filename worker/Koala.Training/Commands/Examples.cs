namespace Koala.Training.Commands;

/// <summary>Lines to copy, for every command's help.</summary>
internal static class Examples
{
    /// <summary>Those of the command of that name.</summary>
    public static IReadOnlyList<string> Of(string command) => command switch
    {
        "degrade" =>
        [
            "koala-train degrade photographs -o photographs-x4",
            "koala-train degrade photographs -o photographs-x2 --scale 2 --kernel 2.5 1 0.5",
        ],
        "train" =>
        [
            "koala-train train --data photographs --out x4 --steps 20000,20000,40000",
            "koala-train train --data photographs --out x4 --steps 20000,20000,60000    goes on where it was, further",
            "koala-train train --stage 3 --scale 2 --data photographs --out x2 --init x4/stage3/weights-x4.safetensors",
            "koala-train train --stage 3 --data photographs --out last --init x4/stage3/weights-x4.safetensors --hr-distance Rms --steps 5000    for the last tenths of PSNR",
            "koala-train train --data photographs --out paper --optimizer Adam --rate 1e-4 --schedule Paper --kernel-weight 1 --pixel-weight 0 --two-blurs 0 --patch 64 --steps 200000",
        ],
        "evaluate" =>
        [
            "koala-train evaluate --hr Set5/HR --scale 4",
            "koala-train evaluate --hr Set5/HR --scale 2 --model x2/stage3/weights-x2.safetensors --json set5.json --save set5-x2",
            "koala-train evaluate --hr Set5/HR --worker default",
        ],
        "tables" => ["koala-train tables --hr Set5/HR Set14/HR --precision fp32 --variants variants --out tables.md"],
        "halo" => ["koala-train halo x4/stage3/weights-x4.safetensors --images lr"],
        "blur" => ["koala-train blur x4/stage3/weights-x4.safetensors"],
        "release" => ["koala-train release x4/stage3/weights-x4.safetensors -o worker/models/koalanet-x4.safetensors --halo 48 --description \"my photographs; MIT\"",
            "koala-train release former.safetensors x4/stage3/weights-x4.safetensors -o mean.safetensors --halo 48 --description \"my photographs; MIT\""],
        "export" => ["koala-train export --model worker/models/koalanet-x4.safetensors --onnx koalanet-x4.onnx"],
        _ => [],
    };
}
