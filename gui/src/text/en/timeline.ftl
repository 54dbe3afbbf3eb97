# timeline

## Pictures
picture-broken = This picture is damaged
picture-unknown = This is no picture that can be shown
picture-too-large = This picture is too large to be shown
