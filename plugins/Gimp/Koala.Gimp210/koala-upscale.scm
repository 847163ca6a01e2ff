; Enlarges a file for scripts: gimp-console-2.10 -idf -b '(koala-upscale "photo.png" "photo-x4.png" 4)' -b '(gimp-quit 0)'
; Input: a file that GIMP opens, the file to write, 2 or 4. What is seen of the image is enlarged, whatever its layers; colours of a palette
; become RGB, and JPEG, which has no transparency, gets the background colour.
(define (koala-upscale input output scale)
  (let* ((image (car (gimp-file-load RUN-NONINTERACTIVE input input)))
         (ending (list->string (map char-downcase (string->list (car (last (strbreakup output "."))))))))
    (if (= INDEXED (car (gimp-image-base-type image)))
        (gimp-image-convert-rgb image))
    (let* ((layer (cond ((or (string=? ending "jpg") (string=? ending "jpeg")) (car (gimp-image-flatten image)))
                        ((> (car (gimp-image-get-layers image)) 1) (car (gimp-image-merge-visible-layers image CLIP-TO-IMAGE)))
                        (else (car (gimp-image-get-active-layer image)))))
           (result (car ((if (= scale 2) plug-in-koala-upscale-2 plug-in-koala-upscale-4) RUN-NONINTERACTIVE image layer 1 0))))
      (gimp-file-save RUN-NONINTERACTIVE result (car (gimp-image-get-active-layer result)) output output)
      (gimp-image-delete result)
      (gimp-image-delete image))))
