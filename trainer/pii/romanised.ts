/** Names of people whose scripts have no capitals, as they are written in Latin letters. First and last names by language. */
export const ROMANISED: readonly { readonly locale: string; readonly firsts: string; readonly lasts: string }[] = [
  {
    locale: "zh-Latn",
    firsts:
      "Wei Fang Xiu Min Jing Li Na Qiang Lei Jun Yang Yong Yan Jie Juan Tao Ming Chao Xia Ping Gang Hui Xiaoming Xiaoli Zihan Yuxuan Haoran Yichen Meiling Jianguo Guowei Zhiqiang Mei Ling Hao Bo Kai Yue Ting Lan Feng Hong Jiahui Siyu Yifan Ruoxi Dawei Weidong Chunhua",
    lasts:
      "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Song Tang Deng Han Feng Cao Peng Zeng Xiao Tian Dong Pan Yuan Cai Jiang Yu Du Ye Cheng Wei Su Lu Ding Ren Shen Yao Chan Wong Lam Cheung Lau Ng Leung Ho Kwok Tsang",
  },
  {
    locale: "ja-Latn",
    firsts:
      "Haruto Yuto Sota Yuki Hayato Haruki Ryota Kenji Takashi Hiroshi Satoshi Daisuke Kenta Naoki Shinji Akira Makoto Kazuo Ichiro Jiro Sakura Yui Hina Aoi Rin Mio Akari Yuna Emiko Keiko Naoko Yoko Michiko Haruka Misaki Ayumi Megumi Tomoko Noriko Kaori Mariko Aiko Asuka Chihiro",
    lasts:
      "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Yamaguchi Matsumoto Inoue Kimura Hayashi Shimizu Saito Mori Ikeda Hashimoto Abe Ishikawa Ogawa Goto Okada Hasegawa Fujita Kondo Ishii Sakamoto Endo Aoki Fujii Nishimura Fukuda Ota Miura Okamoto Matsuda Nakajima Harada Ono Tamura Takeuchi Kaneko Wada Ishida Ueda",
  },
  {
    locale: "ko-Latn",
    firsts:
      "Min-jun Seo-yeon Ji-hoon Ji-woo Seo-jun Ha-eun Do-yun Soo-ah Joon-ho Sung-min Hyun-woo Young-ho Ji-min Eun-ji Hye-jin Min-seo Jae-hyun Dong-hyun Soo-jin Yu-na Sang-woo Kyung-soo Minho Jihye Sooyoung Taeyang Hana Jiyeon Seungwoo Daeho",
    lasts:
      "Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Oh Seo Shin Kwon Hwang Ahn Song Ryu Jeon Hong Ko Moon Yang Son Bae Baek Heo Nam Noh",
  },
  {
    locale: "ar-Latn",
    firsts:
      "Mohammed Muhammad Ahmed Ali Omar Hassan Hussein Khalid Ibrahim Youssef Yusuf Abdullah Abdulrahman Tariq Karim Samir Nabil Rashid Faisal Bilal Hamza Zaid Fatima Aisha Khadija Maryam Zainab Layla Leila Amina Noor Nour Salma Huda Samira Yasmin Rania Dalia Hanan Iman Rana Nadia Mona Ghada",
    lasts:
      "Al-Rashid Al-Sayed Hassan Hussein Al-Farsi Haddad Khoury Mansour Nasser Saleh Abdallah Al-Masri Khalil Aziz Hamdan Darwish Bakr Qureshi Siddiqui Al-Hashimi Benali Bennani Bouazizi Belkacem Mubarak Shaheen Awad Zidan Al-Amin Farouk Jaber Kassem Najjar Sabbagh Tawfik Ziadeh",
  },
  {
    locale: "in-Latn",
    firsts:
      "Aarav Vivaan Aditya Arjun Sai Rohan Rahul Amit Sanjay Vijay Rajesh Suresh Ramesh Anil Sunil Deepak Manoj Ravi Kiran Nikhil Karthik Venkatesh Srinivas Priya Anjali Neha Pooja Divya Kavya Shreya Ananya Lakshmi Sunita Meera Deepika Aishwarya Swati Nandini Radha Geeta Usha Harpreet Gurpreet Jaspreet Manpreet Imran Farhan Ayesha Sana",
    lasts:
      "Sharma Verma Gupta Singh Kumar Patel Shah Mehta Reddy Rao Nair Menon Iyer Iyengar Pillai Krishnan Raghunathan Subramanian Venkataraman Chatterjee Banerjee Mukherjee Das Bose Ghosh Sen Joshi Kulkarni Deshmukh Patil Desai Jain Agarwal Kapoor Khanna Malhotra Chopra Bhatia Sethi Gill Dhillon Sandhu Khan Ansari Naidu Choudhary Mishra Pandey Tiwari Yadav",
  },
  {
    locale: "af-Latn",
    firsts:
      "Chukwuemeka Chidi Chinedu Emeka Ikenna Obinna Nnamdi Uche Ifeoma Ngozi Chioma Adaeze Amara Nneka Oluwaseun Olufemi Oluwaseyi Babatunde Adebayo Ayodele Folake Yetunde Temitope Kwame Kofi Kwabena Kojo Yaw Akosua Ama Abena Efua Musa Aminu Halima Mamadou Ousmane Moussa Ibrahima Aminata Fatoumata Awa Thabo Sipho Themba Nomsa Lerato Zanele Wanjiru Kamau Otieno Achieng Juma Baraka Tendai Chipo",
    lasts:
      "Okonkwo Obi Eze Nwosu Okafor Okeke Onyeka Adeyemi Adebayo Ogunleye Olawale Balogun Oyelaran Mensah Owusu Asante Boateng Osei Appiah Diallo Traore Keita Coulibaly Diop Ndiaye Sow Ba Fall Camara Toure Nkosi Dlamini Ndlovu Mokoena Khumalo Mwangi Kamau Njoroge Otieno Ochieng Odhiambo Kiprotich Mutua Wafula Moyo Ncube Banda Phiri Tembo Abebe Bekele Tesfaye Haile",
  },
];
