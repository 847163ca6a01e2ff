using System.Runtime.InteropServices;

namespace Koala.Gimp210.Native;

/// <summary>What the plug-in uses of libgimp 2.10; names and meanings are those of its documentation. To be called on the main thread only.</summary>
internal static unsafe partial class LibGimp
{
    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_main")]
    public static partial int GimpMain(PlugInInfo* info, int argc, byte** argv);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_install_procedure", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void InstallProcedure(
        string name, string blurb, string help, string author, string copyright, string date, string menuLabel, string imageTypes,
        int type, int parameters, int returnValues, ParameterDefinition* parameterDefinitions, ParameterDefinition* returnDefinitions);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_plugin_menu_register", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MenuRegister(string procedure, string path);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_progress_init", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ProgressInit(string text);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_progress_set_text", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ProgressSetText(string text);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_progress_update")]
    public static partial int ProgressUpdate(double fraction);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_progress_end")]
    public static partial int ProgressEnd();

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_item_is_valid")]
    public static partial int ItemIsValid(int item);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_item_is_layer")]
    public static partial int ItemIsLayer(int item);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_item_is_group")]
    public static partial int ItemIsGroup(int item);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_item_is_text_layer")]
    public static partial int ItemIsTextLayer(int item);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_item_get_name")]
    public static partial nint ItemGetName(int item);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_item_set_visible")]
    public static partial int ItemSetVisible(int item, int visible);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_item_get_lock_content")]
    public static partial int ItemGetLockContent(int item);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_item_set_lock_content")]
    public static partial int ItemSetLockContent(int item, int locked);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_item_set_lock_position")]
    public static partial int ItemSetLockPosition(int item, int locked);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_drawable_width")]
    public static partial int DrawableWidth(int drawable);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_drawable_height")]
    public static partial int DrawableHeight(int drawable);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_drawable_has_alpha")]
    public static partial int DrawableHasAlpha(int drawable);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_drawable_is_gray")]
    public static partial int DrawableIsGrey(int drawable);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_drawable_get_format")]
    public static partial nint DrawableGetFormat(int drawable);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_drawable_get_buffer")]
    public static partial nint DrawableGetBuffer(int drawable);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_drawable_get_shadow_buffer")]
    public static partial nint DrawableGetShadowBuffer(int drawable);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_drawable_merge_shadow")]
    public static partial int DrawableMergeShadow(int drawable, int undo);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_drawable_update")]
    public static partial int DrawableUpdate(int drawable, int x, int y, int width, int height);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_drawable_mask_intersect")]
    public static partial int DrawableMaskIntersect(int drawable, out int x, out int y, out int width, out int height);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_image_is_valid")]
    public static partial int ImageIsValid(int image);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_image_base_type")]
    public static partial int ImageBaseType(int image);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_image_get_precision")]
    public static partial int ImageGetPrecision(int image);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_image_new_with_precision")]
    public static partial int ImageNewWithPrecision(int width, int height, int type, int precision);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_image_delete")]
    public static partial int ImageDelete(int image);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_image_get_color_profile")]
    public static partial nint ImageGetColorProfile(int image);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_image_set_color_profile")]
    public static partial int ImageSetColorProfile(int image, nint profile);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_color_profile_get_space")]
    public static partial nint ColorProfileGetSpace(nint profile, int intent, nint error);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_color_profile_is_linear")]
    public static partial int ColorProfileIsLinear(nint profile);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_image_get_resolution")]
    public static partial int ImageGetResolution(int image, out double horizontal, out double vertical);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_image_set_resolution")]
    public static partial int ImageSetResolution(int image, double horizontal, double vertical);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_image_get_unit")]
    public static partial int ImageGetUnit(int image);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_image_set_unit")]
    public static partial int ImageSetUnit(int image, int unit);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_image_get_metadata")]
    public static partial nint ImageGetMetadata(int image);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_image_set_metadata")]
    public static partial int ImageSetMetadata(int image, nint metadata);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_image_undo_disable")]
    public static partial int ImageUndoDisable(int image);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_image_undo_enable")]
    public static partial int ImageUndoEnable(int image);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_layer_new")]
    public static partial int LayerNew(int image, nint name, int width, int height, int type, double opacity, int mode);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_layer_new_from_drawable")]
    public static partial int LayerNewFromDrawable(int drawable, int image);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_layer_get_mask")]
    public static partial int LayerGetMask(int layer);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_layer_resize")]
    public static partial int LayerResize(int layer, int width, int height, int offsetX, int offsetY);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_layer_scale")]
    public static partial int LayerScale(int layer, int width, int height, int localOrigin);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_layer_set_offsets")]
    public static partial int LayerSetOffsets(int layer, int x, int y);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_layer_set_opacity")]
    public static partial int LayerSetOpacity(int layer, double percent);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_layer_set_mode")]
    public static partial int LayerSetMode(int layer, int mode);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_context_push")]
    public static partial int ContextPush();

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_context_pop")]
    public static partial int ContextPop();

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_context_set_interpolation")]
    public static partial int ContextSetInterpolation(int interpolation);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_image_insert_layer")]
    public static partial int ImageInsertLayer(int image, int layer, int parent, int position);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_display_new")]
    public static partial int DisplayNew(int image);

    [LibraryImport(Libraries.Gimp, EntryPoint = "gimp_displays_flush")]
    public static partial void DisplaysFlush();

    /// <summary>The functions that GIMP calls; null for none.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PlugInInfo
    {
        public delegate* unmanaged[Cdecl]<void> Init;
        public delegate* unmanaged[Cdecl]<void> Quit;
        public delegate* unmanaged[Cdecl]<void> Query;
        public delegate* unmanaged[Cdecl]<byte*, int, Parameter*, int*, Parameter**, void> Run;
    }

    /// <summary>One argument of a procedure.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ParameterDefinition
    {
        public int Type;
        public nint Name;
        public nint Description;
    }

    /// <summary>A value of an argument or of a result: a tag and a union of which the largest member is a colour of four doubles.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 40)]
    public struct Parameter
    {
        [FieldOffset(0)] public int Type;
        [FieldOffset(8)] public int Int32;
        [FieldOffset(8)] public double Float;
        [FieldOffset(8)] public nint Text;
    }

    public const int TypeInt32 = 0;
    public const int TypeFloat = 3;
    public const int TypeString = 4;
    public const int TypeImage = 13;
    public const int TypeDrawable = 16;
    public const int TypeStatus = 21;

    public const int StatusExecutionError = 0;
    public const int StatusSuccess = 3;

    public const int ProcedurePlugIn = 1;
    public const int RunNonInteractive = 1;

    public const int IntentRelativeColorimetric = 1;

    public const int BaseTypeGrey = 1;
    public const int BaseTypeIndexed = 2;

    public const int InterpolationCubic = 2;

    // GIMP_LAYER_MODE_NORMAL, not the legacy one.
    public const int LayerModeNormal = 28;
}
