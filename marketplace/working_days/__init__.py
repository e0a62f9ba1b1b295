"""Which days are worked in China: public holidays, and the weekends worked in their stead."""
