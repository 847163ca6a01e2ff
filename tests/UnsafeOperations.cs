using System.Reflection;
using System.Reflection.Emit;
using TorchSharp;

namespace Koala.TestFiles;

/// <summary>
/// Which of TorchSharp's operations an assembly uses that make a native number on the way, which a garbage collection may free during the
/// operation: see Koala.Network's TensorArithmetic.
/// </summary>
internal static class UnsafeOperations
{
    // Calls from one method of TorchSharp to the next that are followed.
    private const int Depth = 4;

    public static IReadOnlyList<string> In(Assembly assembly) =>
        [.. Called(assembly.ManifestModule).Where(method => MakesNumber(method, Depth)).Select(method => $"{method.DeclaringType?.Name}.{method}")];

    /// <summary>Methods of other assemblies that this one calls.</summary>
    private static IEnumerable<MethodBase> Called(Module module)
    {
        const int memberReferences = 0x0A000000;
        for (var row = 1; ; row++)
        {
            MemberInfo? member = null;
            try
            {
                member = module.ResolveMember(memberReferences | row);
            }
            catch (ArgumentOutOfRangeException)
            {
                yield break;
            }
            catch (Exception e) when (e is ArgumentException or BadImageFormatException or TypeLoadException)
            {
                // Of a generic type, whose arguments are not known here.
            }
            if (member is MethodBase method)
                yield return method;
        }
    }

    private static bool MakesNumber(MethodBase method, int depth)
    {
        if (method.DeclaringType == typeof(Scalar))
            return method.Name == "op_Implicit";
        return depth > 0 && method.Module == typeof(Scalar).Module && Calls(method).Any(called => MakesNumber(called, depth - 1));
    }

    private static IEnumerable<MethodBase> Calls(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var i = 0; i + 4 < code.Length; i++)
        {
            // Operands that look like an instruction lead to no method, or to one that is not this assembly's.
            if ((code[i] == OpCodes.Call.Value || code[i] == OpCodes.Callvirt.Value) && Resolved(method.Module, BitConverter.ToInt32(code, i + 1)) is { } called)
                yield return called;
        }
    }

    private static MethodBase? Resolved(Module module, int token)
    {
        try
        {
            return module.ResolveMethod(token);
        }
        catch (Exception e) when (e is ArgumentException or BadImageFormatException or TypeLoadException)
        {
            return null;
        }
    }
}
