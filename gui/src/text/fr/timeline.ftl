# timeline

## Pictures
picture-broken = Cette image est abîmée
picture-unknown = Ce n'est pas une image affichable
picture-too-large = Cette image est trop grande pour être affichée
