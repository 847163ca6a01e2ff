; Enlarges a file for scripts: gimp-console-2.10 -idf -b '(koala-upscale "photo.png" "photo-x4.png" 4)' -b '(gimp-quit 0)'
; Input: a file that GIMP opens, the file to write, 2 or 4. The first layer is enlarged; the result is flattened where the format needs it.
(define (koala-upscale input output scale)
  (let* ((image (car (gimp-file-load RUN-NONINTERACTIVE input input)))
         (layer (car (gimp-image-get-active-layer image)))
         (result (car (if (= scale 2)
                          (plug-in-koala-upscale-2 RUN-NONINTERACTIVE image layer 1.0)
                          (plug-in-koala-upscale-4 RUN-NONINTERACTIVE image layer 1.0)))))
    (gimp-file-save RUN-NONINTERACTIVE result (car (gimp-image-get-active-layer result)) output output)
    (gimp-image-delete result)
    (gimp-image-delete image)))
